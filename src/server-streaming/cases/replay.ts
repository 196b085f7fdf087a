import { setTimeout } from "node:timers/promises";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { caller } from "../../bridge/index.js";
import type { Case } from "../../host/cases.js";
import { inOrder } from "./in-order.js";

const count = 5_000;
/** After which rounds the reader stops for a moment; the last leaves more to come than the buffers on the way hold. */
const stops: readonly number[] = [500, 1_500, 2_500];
/** Some ten times what the server needs to fill those buffers. */
const stopMs = 60;

/**
 * 5,000 rounds for a reader who stops three times. The server stops too, as soon as the buffers on the way are full: it
 * has not run ahead to the end, and what it measures afterwards is fresh.
 */
export const replay: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const rounds: ReadRound[] = [];
  const stopsEnded: { round: number; ms: number }[] = [];

  for await (const { sequence, measuredAt } of inOrder(
    vitals.replay({ count }, { signal, timeoutMs: 30_000 }),
    count,
  )) {
    rounds.push({ measuredMs: measuredAt?.getTime() ?? Number.NaN, readMs: performance.now() });
    if (stops.includes(sequence)) {
      await setTimeout(stopMs, undefined, { signal });
      stopsEnded.push({ round: sequence, ms: performance.now() });
    }
  }

  say(`${inDigits(count)} rounds: in order, none missing`);
  const leads = stopsEnded.map(({ round, ms }) => {
    const reached = measuredBy(rounds, ms);
    if (reached === count) throw new Error(`at round ${round} the server was done: it did not wait for its reader`);
    say(`the reader stopped at round ${inDigits(round)}: the server went on to ${inDigits(reached)}, and waited`);
    return reached - round;
  });
  say(`the server was never more than ${inDigits(Math.max(...leads))} rounds ahead of its reader`);
};

/** When a round was measured, by the server's clock, and when it was read, by the client's; in milliseconds. */
interface ReadRound {
  readonly measuredMs: number;
  readonly readMs: number;
}

/**
 * How many rounds the server had measured at `ms` of the client's clock. The two clocks need not agree: the round that
 * was on the way for the shortest time says how far they are apart, to the millisecond that `measured_at` is exact to.
 */
function measuredBy(rounds: readonly ReadRound[], ms: number): number {
  const apart = Math.min(...rounds.map(({ measuredMs, readMs }) => readMs - measuredMs));
  return rounds.filter(({ measuredMs }) => measuredMs < ms - apart - 1).length;
}

/** As many rounds as a reader who does nothing else can take: the same loop, without a stop. */
export const replayFast: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const wanted = 20_000;
  const beganMs = performance.now();
  for await (const _round of inOrder(vitals.replay({ count: wanted }, { signal, timeoutMs: 30_000 }), wanted));
  const seconds = (performance.now() - beganMs) / 1000;
  say(
    `${inDigits(wanted)} rounds in ${seconds.toFixed(2)} s: ${inDigits(Math.round(wanted / seconds))} rounds a second`,
  );
};

function inDigits(value: number): string {
  return value.toLocaleString("en-US");
}
