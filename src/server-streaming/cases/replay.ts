import { setTimeout } from "node:timers/promises";
import { caller } from "quartet-bridge";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { type Case, grouped } from "../../host/index.js";

const count = 9_000;
/** After which rounds the reader stops. Between two stops lies more than the buffers between the two sides hold. */
const stops: readonly number[] = [300, 3_300, 6_300];
/** How long it stops at least, in milliseconds. This reader is slow: that is its part in the lesson. */
const shortestStopMs = 500;
/** On a busy machine it stops longer: twice the time before the first stop, so that the server fills the buffers. */
const stopFactor = 2;

/**
 * 9,000 rounds for a reader that stops three times. The server continues until the buffers between the two are full,
 * and then waits. So what it measures afterwards is fresh.
 */
export const slowReader: Case = async ({ client, signal, say }) => {
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

  say(`${grouped(count)} rounds: in order, none missing`);
  let waited = 0;
  for (const [index, stop] of stops.entries()) {
    const { after, ms } = longestPause(measuredMs, stop, stops[index + 1] ?? count);
    const [from, to] = [grouped(stop), grouped(after)];
    say(`reader stopped at ${from} for ${grouped(stopMs)} ms: server continued to ${to} and waited ${grouped(ms)} ms`);
    waited += ms;
  }
  const stopped = stops.length * stopMs;
  if (waited < stopped / 4) {
    throw new Error(`of the ${grouped(stopped)} ms in which its reader stopped, the server waited ${grouped(waited)}`);
  }
};

/** The same loop without a stop: as many rounds as a reader can take that does nothing else. */
export const fastReader: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const wanted = 10_000;
  const beganMs = performance.now();
  for await (const _round of inOrder(vitals.replay({ count: wanted }, { signal, timeoutMs: 120_000 }), wanted));
  const seconds = (performance.now() - beganMs) / 1000;
  const rate = wanted / seconds;
  say(`${grouped(wanted)} rounds in ${seconds.toFixed(2)} s: ${grouped(rate)} rounds a second`);
};

/**
 * Passes the rounds of a replay on, as long as they are 1, 2, 3 up to `count`.
 *
 * @throws Error at the first that is not
 */
async function* inOrder<T extends { sequence: number }>(rounds: AsyncIterable<T>, count: number) {
  let last = 0;
  for await (const round of rounds) {
    if (round.sequence !== last + 1) throw new Error(`round ${round.sequence} came after round ${last}`);
    last = round.sequence;
    yield round;
  }
  if (last !== count) throw new Error(`the replay ended OK after ${last} of ${count} rounds`);
}

/** The longest time in which a server measured nothing. */
interface Pause {
  /** The last round that it had measured by then. */
  readonly after: number;
  readonly ms: number;
}

/**
 * The server's longest pause between two rounds, from `first` to `last`.
 *
 * It compares the server's clock with itself alone: the client's may differ, and a round that comes late says nothing,
 * since it may have waited in a buffer.
 *
 * @param measuredMs when each round was measured, in milliseconds; that of round 1 first
 */
export function longestPause(measuredMs: readonly number[], first: number, last: number): Pause {
  let longest: Pause = { after: first, ms: 0 };
  for (let round = first; round < last; round += 1) {
    const ms = (measuredMs[round] ?? 0) - (measuredMs[round - 1] ?? 0);
    if (ms > longest.ms) longest = { after: round, ms };
  }
  return longest;
}
