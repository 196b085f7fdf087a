import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import type { CallContext, StatusError } from "quartet-bridge";
import { answering, begin, types } from "../harness/each-type.js";
import { gate } from "../harness/loopback.js";
import { served } from "../harness/probe.js";

describe("call.cancelled$", () => {
  /** Cancels one call of each type. The calls are passed to `note`, and their handlers never return. */
  async function cancelOneOfEach(note: (call: CallContext) => void): Promise<void> {
    let begun = gate();
    const wait = (call: CallContext) => {
      note(call);
      begun.open();
      return new Promise<never>(() => {});
    };
    const { calls } = await served(answering(wait));
    for (const type of types) {
      begun = gate();
      const { cancel } = begin[type](calls);
      await begun.opened;
      cancel();
    }
  }

  it("emits the reason once and completes when the client cancels, in all four types", async () => {
    const seen: unknown[] = [];
    const completed = gate();
    await cancelOneOfEach(({ cancelled$, signal }) =>
      cancelled$.subscribe({
        next: (reason) => seen.push(reason.code, reason === signal.reason),
        complete: () => {
          seen.push("complete");
          if (seen.length === 12) completed.open();
        },
      }),
    );
    await completed.opened;
    expect(seen).to.deep.equal(Array(4).fill([status.CANCELLED, true, "complete"]).flat());
  });

  it("emits at once if the signal has aborted already", async () => {
    const late = gate<StatusError[]>();
    await cancelOneOfEach((call) =>
      call.cancelled$.subscribe(() => {
        const again: StatusError[] = [];
        call.cancelled$.subscribe((reason) => again.push(reason));
        late.open(again);
      }),
    );
    expect((await late.opened).map(({ code }) => code)).to.deep.equal([status.CANCELLED]);
  });

  it("is silent about a call that succeeded", async () => {
    const seen: unknown[] = [];
    const { calls, server } = await served({
      unary(request, call) {
        call.cancelled$.subscribe((reason) => seen.push(reason));
        return request;
      },
    });
    await calls.unary({ n: 1 });
    // grpc-js emits 'cancelled' after every call. When the server is down, it has been emitted.
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    expect(seen).to.deep.equal([]);
  });
});
