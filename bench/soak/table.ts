import type { Outcome, Readings } from "./outcome.js";
import type { Gauges } from "./protocol.js";

const mebibyte = 1024 * 1024;

/** What a run has counted and measured, as lines of two columns. */
export function tableOf({
  seconds,
  sessions,
  counts,
  done,
  outages,
  stalls,
  latency,
  readings,
  settings,
}: Outcome): string {
  const { first, last } = readings;
  const rows: [string, string][] = [
    ["seed", String(settings.seed)],
    ["lasted", `${seconds.toFixed(0)} s, ${settings.members} members, ${settings.rooms} shared rooms`],
    ["messages accepted", whole(counts.accepted)],
    ["calls ended before the number came", whole(counts.unacknowledged)],
    ["events delivered", whole(counts.delivered)],
    ["sessions", whole(sessions)],
    ["calls resumed, out of range", `${whole(counts.resumed)}, ${whole(counts.outOfRange)}`],
    ["left politely, by half-closing", `${whole(done.leave)}, ${whole(done["half-close"])}`],
    ["cancelled, cut", `${whole(done.cancel)}, ${whole(done.cut)}`],
    ["killed with their process", `${whole(outages.killed)} in ${whole(done.kill)} processes`],
    ["read no more", `${whole(done.stall)}, and ${whole(outages.stopped)} in ${whole(done.stop)} stopped processes`],
    ["processes paused", whole(done.pause)],
    ["dropped by the server, then cut", `${whole(stalls.dropped)}, ${whole(stalls.cut)}`],
    ["delivery, p50 and p99", `${milliseconds(latency.percentile(50))}, ${milliseconds(latency.percentile(99))}`],
    ...each(readings, "heap", ({ heap }) => mebibytes(heap)),
    ["heap, last to first", first && last ? (last.heap / first.heap).toFixed(3) : "not read"],
    ...each(readings, "beside the heap", ({ external }) => mebibytes(external)),
    ...each(readings, "resident", ({ resident }) => mebibytes(resident)),
    ...each(readings, "listeners", ({ listeners }) => String(sum(listeners))),
    ...each(readings, "handles", ({ handles }) => String(sum(handles))),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

/** One row for all readings: before the first member, twice with all of them in, after the last, after the drain. */
function each(readings: Readings, name: string, show: (gauges: Gauges) => string): [string, string][] {
  const { before, first, last, after, down } = readings;
  const shown = [before, first, last, after, down].flatMap((gauges) => (gauges ? [show(gauges)] : []));
  return [[`${name}: before, first, last, after, down`, shown.join(", ")]];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function whole(count: number): string {
  return count.toLocaleString("en");
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1000).toFixed(1)} ms`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(2)} MiB`;
}
