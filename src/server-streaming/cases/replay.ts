import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { caller } from "../../bridge/index.js";
import type { Case } from "../../host/cases.js";
import { inOrder } from "./in-order.js";
import { leadIn, type ReadRound, type Stop, stopFor } from "./pace.js";

const count = 5_000;
/** After which rounds the reader stops; the last leaves more to come than the buffers on the way hold. */
const stopsAfter: readonly number[] = [500, 1_500, 2_500];
/** Far longer than the server takes to fill those buffers. This reader is slow: that is its part in the lesson. */
const stopMs = 200;

/**
 * 5,000 rounds for a reader who stops three times. The server goes on until the buffers on the way are full, and waits:
 * it has not run ahead to the end, and what it measures afterwards is fresh.
 */
export const replay: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const rounds: ReadRound[] = [];
  const stops: Stop[] = [];
  const replayed = vitals.replay({ count }, { signal, timeoutMs: 30_000 });
  for await (const { sequence, measuredAt } of inOrder(replayed, count)) {
    rounds.push({ measuredMs: measuredAt?.getTime() ?? Number.NaN, readMs: performance.now() });
    if (stopsAfter.includes(sequence)) stops.push(await stopFor(stopMs, sequence, signal));
  }

  say(`${inDigits(count)} rounds: in order, none missing`);
  let waited = 0;
  for (const stop of stops) {
    const { reached, waitedMs } = leadIn(stop, rounds);
    waited += waitedMs;
    const [from, to] = [inDigits(stop.round), inDigits(reached)];
    say(`reader stopped at ${from} for ${stop.ms.toFixed()} ms: server went on to ${to} and waited ${waitedMs} ms`);
  }
  const stopped = stops.reduce((sum, { ms }) => sum + ms, 0);
  if (waited < stopped / 10) {
    throw new Error(`of the ${stopped.toFixed()} ms in which its reader stopped, the server waited ${waited}`);
  }
};

/** As many rounds as a reader who does nothing else can take: the same loop, without a stop. */
export const replayFast: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const wanted = 20_000;
  const beganMs = performance.now();
  for await (const _round of inOrder(vitals.replay({ count: wanted }, { signal, timeoutMs: 30_000 }), wanted));
  const seconds = (performance.now() - beganMs) / 1000;
  const rate = Math.round(wanted / seconds);
  say(`${inDigits(wanted)} rounds in ${seconds.toFixed(2)} s: ${inDigits(rate)} rounds a second`);
};

function inDigits(value: number): string {
  return value.toLocaleString("en-US");
}
