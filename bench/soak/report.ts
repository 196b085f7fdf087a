import { figure, whole } from "../report/figures.js";
import type { Outcome } from "./outcome.js";
import type { Gauges } from "./protocol.js";

/** Tells a person how far a run is. */
export interface Progress {
  readonly everyMs: number;
  /** @param members how many are in their rooms @param heap the server's, in bytes */
  show(outcome: Outcome, members: number, heap: number): void;
}

/** A line on stderr, every ten seconds. */
export const progress: Progress = {
  everyMs: 10_000,
  show({ seconds, tally }, members, heap) {
    const minutes = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    const { sessions, dropped, accepted } = tally;
    console.error(
      `${minutes}  ${members} members in, ${whole(sessions)} sessions, ${dropped} dropped  ` +
        `${whole(accepted)} messages  heap ${figure(heap, "bytes")}`,
    );
  },
};

/** What a run has counted and measured, as lines of two columns. */
export function tableOf({ seconds, tally, latency, readings, settings }: Outcome): string {
  const { before, first, last, after, down } = readings;
  const read = [before, first, last, after, down].flatMap((gauges) => gauges ?? []);
  // Before the first member, twice with all members, after the last, after the drain.
  const each = (name: string, show: (gauges: Gauges) => string): [string, string] => [
    `${name}: before, first, last, after, down`,
    read.map(show).join(", "),
  ];
  const count = (...names: (keyof typeof tally)[]) => names.map((name) => whole(tally[name])).join(", ");
  const percentile = (percent: number) => figure(latency.percentile(percent) / 1000, "ms");
  const rows: [string, string][] = [
    ["seed", String(settings.seed)],
    ["lasted", `${seconds.toFixed(0)} s, ${settings.members} members, ${settings.rooms} shared rooms`],
    ["messages accepted", count("accepted")],
    ["calls ended before the number came", count("unacknowledged")],
    ["events delivered", count("delivered")],
    ["sessions", count("sessions")],
    ["calls resumed, out of range", count("resumed", "outOfRange")],
    ["left politely, by half-closing", count("leave", "half-close")],
    ["cancelled, cut", count("cancel", "cut")],
    ["killed with their process", `${count("killed")} in ${count("kill")} processes`],
    ["read no more", `${count("stall")}, and ${count("stopped")} in ${count("stop")} stopped processes`],
    ["processes paused", count("pause")],
    ["dropped by the server, then cut", count("dropped", "cutByServer")],
    ["delivery, p50 and p99", `${percentile(50)}, ${percentile(99)}`],
    each("heap", ({ heap }) => figure(heap, "bytes")),
    ["heap, last to first", first && last ? (last.heap / first.heap).toFixed(3) : "not read"],
    each("beside the heap", ({ external }) => figure(external, "bytes")),
    each("resident", ({ resident }) => figure(resident, "bytes")),
    each("listeners", ({ listeners }) => sum(listeners)),
    each("handles", ({ handles }) => sum(handles)),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function sum(counts: Readonly<Record<string, number>>): string {
  return whole(Object.values(counts).reduce((total, count) => total + count, 0));
}
