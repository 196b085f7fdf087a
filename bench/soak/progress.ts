import { clearLine, cursorTo } from "node:readline";
import type { Outcome } from "./outcome.js";
import type { Gauges } from "./protocol.js";

/** How far a run is. */
export interface Standing {
  readonly outcome: Outcome;
  /** How many are in. */
  readonly members: number;
  readonly gauges: Gauges;
}

/** Tells a person on stderr how far a run is. */
export interface Progress {
  /** Whether it is time to say something again. */
  isDue(): boolean;
  show(standing: Standing): void;
  end(): void;
}

const mebibyte = 1024 * 1024;

/** A line that changes where stderr is a terminal, else a new one every ten seconds. */
export function progress(stderr: NodeJS.WriteStream = process.stderr): Progress {
  const everyMs = stderr.isTTY ? 3_000 : 10_000;
  let saidAt = performance.now();
  let accepted = 0;

  function clear(): void {
    if (!stderr.isTTY) return;
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  }

  return {
    isDue: () => performance.now() - saidAt > everyMs,
    show(standing) {
      const now = performance.now();
      const rate = ((standing.outcome.counts.accepted - accepted) * 1000) / (now - saidAt);
      saidAt = now;
      accepted = standing.outcome.counts.accepted;
      clear();
      stderr.write(`${lineOf(standing, rate)}${stderr.isTTY ? "" : "\n"}`);
    },
    end: clear,
  };
}

function lineOf({ outcome, members, gauges }: Standing, rate: number): string {
  const { seconds, sessions, stalls } = outcome;
  const minutes = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  return (
    `${minutes}  ${members} members in, ${sessions} sessions, ${stalls.dropped} dropped  ` +
    `${rate.toFixed(0)} messages/s  heap ${(gauges.heap / mebibyte).toFixed(2)} MiB`
  );
}
