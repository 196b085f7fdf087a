import { setTimeout as pass } from "node:timers/promises";
import { defaultWriteWindow } from "quartet-bridge";
import { ownPayloads } from "../implementations/items.js";
import type { Child } from "../measure/child.js";
import { type Machine, withClient, withServer } from "../measure/pair.js";
import { summarize } from "../measure/statistics.js";
import { instrument, type Subject, serverOf } from "../measure/subject.js";
import { peerServers } from "../peers.js";
import type { Line } from "./outcome.js";
import type { BenchWork, Scale } from "./work.js";

/** Bytes of a stream that is long enough to show whether the server waits. */
const streamBytes = 60_000 * 1024;

/** How much a server grows while its reader pauses, for one size of items. */
function growth(row: {
  readonly name: string;
  readonly title: string;
  readonly itemBytes: number;
  /** In bytes. */
  readonly bar: number;
  readonly stretch: number;
}): BenchWork {
  const servers = (scale: Scale): Server[] => {
    const beside = [
      { name: "bare", server: serverOf("bare") },
      { name: "bare, without drain", server: serverOf("bare", "undrained") },
      { name: "http2", server: serverOf("http2") },
      ...(scale.beside ? peerServers() : []),
    ];
    // The figures hardly differ between rounds.
    return [
      { name: "bridge", server: serverOf("bridge"), rounds: Math.ceil(scale.rounds / 2) },
      ...(scale.beside ? beside : []).map(({ name, server }) => ({ name, server, rounds: 1 })),
    ];
  };
  return {
    name: row.name,
    title: row.title,
    barred: true,
    steps: (scale) => servers(scale).reduce((sum, { rounds }) => sum + rounds, 0),
    async measure({ machine, scale, step }) {
      const lines: Line[] = [];
      for (const { name, server, rounds } of servers(scale)) {
        const values: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          values.push(await growthOf(server, row.itemBytes, machine));
          step(name);
        }
        lines.push({ subject: name, unit: "bytes", value: summarize(values) });
      }
      const value = lines.find(({ subject }) => subject === "bridge")?.value?.median ?? Number.NaN;
      const { bar, stretch } = row;
      return { lines, verdicts: [{ what: "bridge", value, unit: "bytes", sense: "at most", bar, stretch }] };
    },
  };
}

const mebibyte = 1024 * 1024;

/** A reader takes one of 60,000 items and pauses. A server that does not wait holds all of them. */
export const pausedReader1k = growth({
  name: "paused-reader-1k",
  title: "growth of the server while a reader pauses, 60,000 items of 1 KiB",
  itemBytes: 1024,
  bar: 2 * mebibyte,
  stretch: mebibyte,
});

/** The same with large items: a window that only counted messages would hold megabytes here. */
export const pausedReader64k = growth({
  name: "paused-reader-64k",
  title: "growth of the server while a reader pauses, 938 items of 64 KiB",
  itemBytes: 64 * 1024,
  bar: defaultWriteWindow.bytes + 2 * mebibyte,
  stretch: defaultWriteWindow.bytes + mebibyte,
});

/** A server that gets a reader that pauses. */
interface Server extends Pick<Subject, "name" | "server"> {
  readonly rounds: number;
}

function growthOf(program: Subject["server"], itemBytes: number, machine: Machine): Promise<number> {
  const count = Math.ceil(streamBytes / itemBytes);
  return withServer({ ...program, env: { [ownPayloads]: "1" } }, machine, async (port, server) => {
    // What a first stream leaves in memory is not growth: it is mostly compiled code.
    const before = { bytes: itemBytes, count: Math.ceil(count / 10), warmup: 0, perCall: count, inFlight: 1 };
    await withClient(instrument("drain", port, before), machine, () => {});
    const held = await settled(server);
    const request = { count, payloadBytes: itemBytes };
    return withClient(instrument("pause", port, request), machine, async () => (await settled(server)) - held);
  });
}

/** How many bytes a process holds when the number no longer changes. */
export async function settled(server: Child): Promise<number> {
  let held = Number.NaN;
  for (let same = 0; same < 3; ) {
    await pass(pollMs);
    const now = await server.memory();
    same = Math.abs(now - held) < noise ? same + 1 : 0;
    held = now;
  }
  return held;
}

const pollMs = 100;

/** How many bytes the memory of an idle process varies. */
const noise = 64 * 1024;
