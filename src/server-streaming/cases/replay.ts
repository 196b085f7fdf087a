import { setTimeout } from "node:timers/promises";
import { caller } from "quartet-bridge";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import type { Case } from "../../host/index.js";
import { inOrder } from "./in-order.js";
import { longestPause } from "./pace.js";

const count = 9_000;
/**
 * After which rounds the reader stops. Between them, and after the last, lies more than the buffers on the way hold.
 */
const stops: readonly number[] = [300, 3_300, 6_300];
/** How long it stops at least, in milliseconds. This reader is slow: that is its part in the lesson. */
const shortestStopMs = 500;
/**
 * And in terms of the time that the rounds before the first stop took, so that a busy server fills those buffers too.
 */
const stopFactor = 2;

/**
 * 9,000 rounds for a reader who stops three times. The server goes on until the buffers on the way are full, and waits:
 * it has not run ahead to the end, and what it measures afterwards is fresh.
 */
export const replay: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const measuredMs: number[] = [];
  let beganMs = 0;
  let stopMs = 0;
  const replayed = vitals.replay({ count }, { signal, timeoutMs: 120_000 });
  for await (const { sequence, measuredAt } of inOrder(replayed, count)) {
    measuredMs.push(measuredAt?.getTime() ?? Number.NaN);
    if (sequence === 1) beganMs = performance.now();
    if (sequence === stops[0]) stopMs = Math.max(shortestStopMs, stopFactor * (performance.now() - beganMs));
    if (stops.includes(sequence)) await setTimeout(stopMs, undefined, { signal });
  }

  say(`${inDigits(count)} rounds: in order, none missing`);
  let waited = 0;
  for (const [index, stop] of stops.entries()) {
    const { after, ms } = longestPause(measuredMs, stop, stops[index + 1] ?? count);
    const [from, to] = [inDigits(stop), inDigits(after)];
    say(`reader stopped at ${from} for ${inDigits(stopMs)} ms: server went on to ${to} and waited ${inDigits(ms)} ms`);
    waited += ms;
  }
  const stopped = stops.length * stopMs;
  if (waited < stopped / 4) {
    throw new Error(
      `of the ${inDigits(stopped)} ms in which its reader stopped, the server waited ${inDigits(waited)}`,
    );
  }
};

/** As many rounds as a reader who does nothing else can take: the same loop, without a stop. */
export const replayFast: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const wanted = 10_000;
  const beganMs = performance.now();
  for await (const _round of inOrder(vitals.replay({ count: wanted }, { signal, timeoutMs: 120_000 }), wanted));
  const seconds = (performance.now() - beganMs) / 1000;
  const rate = wanted / seconds;
  say(`${inDigits(wanted)} rounds in ${seconds.toFixed(2)} s: ${inDigits(rate)} rounds a second`);
};

function inDigits(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
