import { ResponderBuilder, ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, type Source, StatusError } from "quartet-bridge";
import { concat, from, Observable } from "rxjs";
import { callOf, type Type, types } from "../harness/each-type.js";
import { failureOf, type Probe, served } from "../harness/probe.js";
import { law } from "./proof/law.js";
import { countTurns } from "./proof/turns.js";

law("L9", "grpc-js gets the status in the turn in which the error is known", ({ repeat, figure }) => {
  /** Makes a handler fail by calling `fail`, and counts the turns until grpc-js is given the status. */
  async function turnsToStatus(handlers: (fail: () => never) => Parameters<typeof served>[0], call: Type) {
    const turns = countTurns();
    let [failed, handed] = [Number.NaN, Number.NaN];
    const interceptor: ServerInterceptor = (_method, next) =>
      new ServerInterceptingCall(
        next,
        new ResponderBuilder()
          .withSendStatus((ended, proceed) => {
            handed = turns.now();
            proceed(ended);
          })
          .build(),
      );
    function fail(): never {
      failed = turns.now();
      throw new StatusError(status.ABORTED, "now");
    }
    const { calls } = await served(handlers(fail), { interceptors: [interceptor] });
    const error = (await failureOf(callOf[call](calls))) as CallError;
    turns.stop();
    expect(error.code).to.equal(status.ABORTED);
    figure("turns from the error to the status", handed - failed, 0, call);
  }

  const aTurn = () => new Promise((resolve) => setImmediate(resolve));

  for (const call of types) {
    repeat(100, `${call}: thrown by the handler`, () =>
      turnsToStatus(
        (fail) => ({ unary: fail, serverStreaming: fail, clientStreaming: fail, bidirectional: fail }),
        call,
      ),
    );

    repeat(100, `${call}: rejected by the handler, later`, () =>
      turnsToStatus((fail) => {
        const later = () => aTurn().then(fail);
        return { unary: later, serverStreaming: later, clientStreaming: later, bidirectional: later };
      }, call),
    );
  }

  const sources: Record<string, (fail: () => never) => Source<Probe>> = {
    *"a generator, at once"(fail) {
      yield fail();
    },
    *"a generator, after three"(fail) {
      yield* [{ n: 1 }, { n: 2 }, { n: 3 }];
      fail();
    },
    async *"an async generator, after three and a turn"(fail) {
      yield* [{ n: 1 }, { n: 2 }, { n: 3 }];
      await aTurn();
      fail();
    },
    "an Observable, at once": (fail) => new Observable<Probe>(() => fail()),
    "an Observable, after three": (fail) =>
      concat(from([{ n: 1 }, { n: 2 }, { n: 3 }]), new Observable<Probe>(() => fail())),
    "an Observable, later": (fail) => from(aTurn().then(fail)),
  };
  for (const [what, source] of Object.entries(sources)) {
    for (const call of ["serverStreaming", "bidirectional"] as const) {
      repeat(100, `${call}: thrown by ${what}`, () =>
        turnsToStatus((fail) => ({ serverStreaming: () => source(fail), bidirectional: () => source(fail) }), call),
      );
    }
  }
});
