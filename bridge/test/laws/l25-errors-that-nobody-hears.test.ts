import { expect } from "chai";
import { type Outgoing, onUnexpectedError } from "quartet-bridge";
import { ignoreElements, NEVER, type Observable, tap } from "rxjs";
import { afterTheTest, gate } from "../harness/loopback.js";
import { type Probe, served } from "../harness/probe.js";
import { expectUnexpected } from "../harness/unexpected-errors.js";
import { law } from "./proof/law.js";

const late = new Error("while it cleaned up");

/** Sources that give one message, wait, and fail when they are stopped. */
const sources: Record<string, () => AsyncIterable<Outgoing<Probe>> | Observable<Outgoing<Probe>>> = {
  async *"an async generator"() {
    try {
      for (let n = 1; ; n += 1) yield { n };
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: the error of a clean-up is what this is about
      throw late;
    }
  },
  "an iterator whose return throws": () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: { n: 1 } }),
      return() {
        throw late;
      },
    }),
  }),
  "an iterator whose return rejects": () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: { n: 1 } }),
      return: () => Promise.reject(late),
    }),
  }),
  "an iterator whose next rejects after the call": () => {
    let asked = 0;
    return {
      [Symbol.asyncIterator]: () => {
        const stopped = gate();
        return {
          async next() {
            asked += 1;
            if (asked === 1) return { done: false, value: { n: 1 } };
            await stopped.opened;
            throw late;
          },
          async return() {
            stopped.open();
            return { done: true as const, value: undefined };
          },
        };
      },
    };
  },
};

/** The unexpected errors of this process, as they come. */
function logged() {
  const [errors, first] = [[] as { path: string; error: unknown }[], gate()];
  afterTheTest(
    onUnexpectedError((event) => {
      errors.push(event);
      first.open();
    }),
  );
  return { errors, first: first.opened };
}

law("L25", "an error that nobody else hears goes to the log", () => {
  for (const [what, source] of Object.entries(sources)) {
    it(`of ${what}, which a client sends when it cancels the call`, async () => {
      expectUnexpected(late.message);
      const log = logged();
      const arrived = gate();
      const { calls } = await served({
        bidirectional: (requests) =>
          requests.observe().pipe(
            tap(() => arrived.open()),
            ignoreElements(),
          ),
      });
      const handle = calls.bidirectional.start(source());
      await arrived.opened;
      handle.cancel();
      await log.first;
      expect(log.errors).to.deep.equal([{ path: "/test.Probe/Bidirectional", error: late }]);
    });

    it(`of ${what}, which a server sends when the client leaves`, async () => {
      expectUnexpected(late.message);
      const log = logged();
      const { calls } = await served({ serverStreaming: source });
      for await (const _ of calls.serverStreaming({ n: 1 })) break;
      await log.first;
      expect(log.errors).to.deep.equal([{ path: "/test.Probe/ServerStreaming", error: late }]);
    });
  }

  it("is none for a source that only says that it was stopped", async () => {
    const log = logged();
    const stopped = gate();
    const { calls } = await served({ bidirectional: () => NEVER });
    const aborting = new AbortController();
    async function* requests(): AsyncGenerator<Probe> {
      try {
        await new Promise((_resolve, reject) => {
          aborting.signal.addEventListener("abort", () => reject(aborting.signal.reason));
        });
      } finally {
        stopped.open();
      }
    }
    const handle = calls.bidirectional.start(requests(), { signal: aborting.signal });
    aborting.abort();
    await handle.status;
    await stopped.opened;
    await new Promise(setImmediate);
    expect(log.errors).to.deep.equal([]);
  });
});
