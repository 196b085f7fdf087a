import { expect } from "chai";
import { type Incoming, streamingChannelOptions } from "quartet-bridge";
import { mostAhead, mostAheadOfServer } from "../harness/buffers-on-the-way.js";
import { afterTheTest } from "../harness/loopback.js";
import { countedProbes, type Probe, served } from "../harness/probe.js";
import { settled } from "../harness/settled.js";
import { law } from "./proof/law.js";

const never = new Promise<never>(() => {});

/**
 * What a handler does with its requests before it stops. The test of the write bound has a handler that never reads.
 */
const readers: Record<string, (requests: Incoming<Probe>) => Promise<never>> = {
  "reads one": async (requests) => {
    await requests[Symbol.asyncIterator]().next();
    return never;
  },
  "observes, and leaves at the third": async (requests) => {
    let read = 0;
    const subscription = requests.observe().subscribe(() => {
      read += 1;
      if (read === 3) subscription.unsubscribe();
    });
    return never;
  },
};

law(["L4", "L5"], "a reader that stops, or never begins, holds its sender back", ({ figure }) => {
  for (const [size, bytes] of Object.entries({ "100 B": 100, "1 KiB": 1024, "10 KiB": 10_240, "100 KiB": 102_400 })) {
    const load = "x".repeat(bytes);

    const bound = mostAheadOfServer(bytes);

    for (const type of ["serverStreaming", "bidirectional"] as const) {
      for (const read of [0, 1, 100]) {
        it(`${type}, ${size}: a server with a pulled source is at most ${bound} ahead of a client that reads ${read}`, async () => {
          const { state, source } = countedProbes(Number.POSITIVE_INFINITY, load);
          const { calls } = await served({
            serverStreaming: source,
            bidirectional: source,
            unary: (request) => request,
          });
          const handle =
            type === "bidirectional" ? calls.bidirectional.start([]) : calls.serverStreaming.start({ n: 1 });
          afterTheTest(() => handle.cancel());
          const iterator = handle[Symbol.asyncIterator]();
          for (let n = 1; n <= read; n += 1) await iterator.next();
          const given = await settled(calls, () => state.given);
          expect(given).to.be.greaterThan(read);
          const reader = read === 0 ? "never begins" : "stops";
          figure(`a server ahead of a client that ${reader}`, given - read, bound, size);
        });
      }
    }

    for (const type of ["clientStreaming", "bidirectional"] as const) {
      for (const [what, read] of Object.entries(readers)) {
        // The retry buffer takes 4 KiB beyond the window; see streamingChannelOptions.
        const most = mostAhead(bytes) + Math.ceil(4096 / bytes);
        it(`${type}, ${size}: a client with a pulled source is at most ${most} ahead of a handler that ${what}`, async () => {
          const { state, source } = countedProbes(Number.POSITIVE_INFINITY, load);
          const { calls } = await served(
            { clientStreaming: read, bidirectional: read, unary: (request) => request },
            { client: streamingChannelOptions },
          );
          const call = calls[type].observe(source()).subscribe();
          afterTheTest(() => call.unsubscribe());
          const given = await settled(calls, () => state.given);
          expect(given).to.be.at.least(1);
          figure(`a client ahead of a handler that ${what}`, given, most, size);
        });
      }
    }
  }
});
