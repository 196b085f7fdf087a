import { measureOnce, withClient, withServer } from "../measure/pair.js";
import { alternate, measurementsOf } from "../measure/rounds.js";
import { summarize } from "../measure/statistics.js";
import { clientOf, endToEnd, instrument, type Subject, serverOf, type Work } from "../measure/subject.js";
import { percentiles, perSecond } from "./comparison.js";
import { settled } from "./growth.js";
import { type BenchWork, members } from "./work.js";

/** Bytes of an item, large enough that the outbox of the stalled member is full in the middle of a run. */
const itemBytes = 1024;
/** Broadcasts that fit an outbox of 1,024 messages. */
const inTheOutbox = 1000;
/** Bytes of an item with its own memory: each smaller item can keep 8 KiB of Node's pool alive. */
const heldItemBytes = 4096;
/** The most bytes that an outbox may hold per item: its bytes, its message object, and 1 KiB around them. */
const mostHeldBytes = 2 * heldItemBytes + 1024;

/**
 * What one member that stops reading costs the others, from its first unread message to the cut of its connection: the
 * age of messages when the others get them, and what the server holds in the meantime.
 */
export const stalledMember: BenchWork = {
  name: "stalled-member",
  title: "one of 100 members reads no more: latency for the others at half of what bare manages",
  barred: false,
  steps: (scale) => 2 + measurementsOf(2, 0, scale),
  async measure({ machine, scale, step }) {
    const readers = members(99, scale);
    const work = { members: readers, connections: 1, bytes: itemBytes };
    const least = Math.ceil(500 / scale.divideAmounts);
    const pilot = await measureOnce(
      endToEnd("bare", { ...work, work: "fanOut" }),
      { count: least, warmup: least },
      machine,
    );
    step("bare");
    const steady: Work = { ...work, work: "fanOutSteadily", perSecond: perSecond(pilot) / readers / 2 };
    const others = endToEnd("bridge", steady);
    // Its own process in both cases, because it uses the processor on which the others are measured.
    const one = { members: 1, connections: 1 };
    const all: Subject = { ...others, name: "all read", beside: (port) => instrument("idle", port, one) };
    const oneStalls: Subject = { ...others, name: "one stalls", beside: (port) => instrument("stall", port, {}) };
    const measured = await alternate([all, oneStalls], [], 2 * least, scale, machine, step);
    const lines = percentiles(measured, "p99");

    const amount = { count: Math.ceil(inTheOutbox / scale.divideAmounts), warmup: 0 };
    const held = await withServer(serverOf("bridge"), machine, async (port, server) => {
      const large: Work = { ...work, work: "fanOut", bytes: heldItemBytes };
      const publish = () => withClient(clientOf("bridge", port, large, amount), machine, () => {});
      await publish();
      const before = await settled(server);
      return withClient(instrument("stall", port, {}), machine, async () => {
        await publish();
        return (await settled(server)) - before;
      });
    });
    step("bridge");
    lines.push({ subject: `held for the one after ${amount.count} messages`, unit: "bytes", value: summarize([held]) });

    return {
      lines,
      verdicts: [
        {
          what: "p99 of the others, to that where all read",
          value: lines[1]?.ratio?.median ?? Number.NaN,
          sense: "at most",
          bar: 1.1,
        },
        { what: "held for the one", value: held, unit: "bytes", sense: "at most", bar: amount.count * mostHeldBytes },
      ],
    };
  },
};
