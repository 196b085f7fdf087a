import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import type { CallContext, Incoming, Source, StatusError } from "quartet-bridge";
import { concat, finalize, from, NEVER } from "rxjs";
import { stopClock } from "../harness/clock.js";
import { acting, begin, callOf, echo, types } from "../harness/each-type.js";
import { gate } from "../harness/loopback.js";
import { countedProbes, failureOf, type Probe, served } from "../harness/probe.js";
import { framed, rawCall } from "../harness/wire/raw-call.js";
import { law } from "./proof/law.js";

const load = "x".repeat(1000);

/** Sources with more messages than pass while the reader reads nothing. */
const sources: Record<string, (finalized: () => void) => Source<Probe>> = {
  async *pulled(finalized) {
    try {
      yield* countedProbes(Number.POSITIVE_INFINITY, load).source();
    } finally {
      finalized();
    }
  },
  pushed: (finalized) => concat(from(Array(200).fill({ n: 1, load })), NEVER).pipe(finalize(finalized)),
};

law("L14", "a deadline ends the call while the reader reads nothing", ({ repeat }) => {
  for (const [how, source] of Object.entries(sources)) {
    for (const [windowed, window] of Object.entries({ "with a write window": {}, "without one": false } as const)) {
      for (const type of ["ServerStreaming", "Bidirectional"]) {
        repeat(10, `${type}, ${how}, ${windowed}: it finalizes the server's source and aborts the signal`, async () => {
          const [begun, finalized] = [gate(), gate()];
          const aborted = gate<StatusError>();
          const answer = (_requests: unknown, { signal }: CallContext) => {
            signal.addEventListener("abort", () => aborted.open(signal.reason));
            setImmediate(begun.open);
            return source(finalized.open);
          };
          const { address } = await served({ serverStreaming: answer, bidirectional: answer }, { window });
          // A grpc-js client would cancel the call with its timer. This client has no timer, and reads nothing.
          const clock = stopClock();
          const call = rawCall(address, `/test.Probe/${type}`, { "grpc-timeout": "1S" });
          call.pause();
          if (type === "ServerStreaming") call.end(framed(Buffer.from('{"n":1}')));
          await begun.opened;
          clock.pass(1000);
          await finalized.opened;
          expect((await aborted.opened).code).to.equal(status.DEADLINE_EXCEEDED);
        });
      }
    }

    for (const type of ["clientStreaming", "bidirectional"] as const) {
      repeat(10, `${type}, ${how}: the client's source is finalized`, async () => {
        const [begun, finalized] = [gate(), gate()];
        const { calls } = await served({
          clientStreaming(): Promise<never> {
            begun.open();
            return new Promise(() => {});
          },
          bidirectional() {
            begun.open();
            return countedProbes(Number.POSITIVE_INFINITY, load).source();
          },
        });
        const clock = stopClock();
        const handle = calls[type].start(source(finalized.open), { timeoutMs: 1000 });
        await begun.opened;
        clock.pass(1000);
        expect((await handle.status).code).to.equal(status.DEADLINE_EXCEEDED);
        await finalized.opened;
      });
    }
  }

  for (const type of ["ClientStreaming", "Bidirectional"]) {
    repeat(10, `${type}: a loop that waits for the next request gets the error, and its finally runs`, async () => {
      const [begun, finalized] = [gate(), gate()];
      const told = gate<StatusError>();
      async function read(requests: Incoming<Probe>): Promise<Probe> {
        try {
          for await (const _request of requests) begun.open();
          return { n: 0 };
        } catch (error) {
          told.open(error as StatusError);
          throw error;
        } finally {
          finalized.open();
        }
      }
      const { address } = await served({
        clientStreaming(requests, call) {
          call.header({ early: "yes" });
          return read(requests);
        },
        async *bidirectional(requests) {
          // More than the flow control lets pass, and less than that and the write window take together.
          yield* Array<Probe>(75).fill({ n: 1, load });
          yield await read(requests);
        },
      });
      const clock = stopClock();
      const call = rawCall(address, `/test.Probe/${type}`, { "grpc-timeout": "1S" });
      call.pause();
      call.write(framed(Buffer.from('{"n":1}')));
      await begun.opened;
      clock.pass(1000);
      expect((await told.opened).code).to.equal(status.DEADLINE_EXCEEDED);
      await finalized.opened;
    });
  }
});

law("L14", "a deadline that has passed, and one that is never reached", ({ repeat }) => {
  repeat(100, "a deadline that has passed fails the call before a handler sees it", async () => {
    let called = 0;
    const { calls } = await served(acting(() => (called += 1)));
    for (const options of [{ deadline: new Date(0) }, { timeoutMs: -1 }, { timeoutMs: Number.NEGATIVE_INFINITY }])
      for (const type of types)
        expect(await failureOf(callOf[type](calls, options))).to.have.property("code", status.DEADLINE_EXCEEDED);
    expect(called).to.equal(0);
  });

  repeat(100, "a deadline leaves no timer if the call ends earlier or its reader leaves", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const { calls } = await served(echo);
    const before = timers();
    for (const type of types) {
      await callOf[type](calls, { timeoutMs: 3_600_000 });
      const handle = begin[type](calls, { timeoutMs: 3_600_000 });
      handle.cancel();
      await handle.status;
    }
    expect(timers()).to.equal(before);
  });
});
