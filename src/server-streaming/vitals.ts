import { type BridgedService, buffered, coalesce, Encoded, implement, type Outgoing } from "quartet-bridge";
import { filter, interval, map, type Observable } from "rxjs";
import { type ReplayResponse, VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { HostMetrics, type Metrics } from "./host-metrics/metrics.js";
import { liveRounds, roundMs } from "./live-rounds.js";
import { roundsOf, type WatchWishes, wishesOf } from "./requests.js";

/**
 * The service of vitals.proto: one stream that can wait for its reader, and one that cannot.
 *
 * @param draining aborts when the server begins to stop, which ends the endless streams of Watch
 * @param sources what to measure, and when; by default this host, every 100 ms
 */
export function vitals(
  draining: AbortSignal,
  { metrics = new HostMetrics(), ticks = interval(roundMs) }: { metrics?: Metrics; ticks?: Observable<unknown> } = {},
): BridgedService {
  const rounds = liveRounds(metrics, ticks, draining);
  // Readings keep coming whether or not the client reads them. So the older round is dropped, and counted.
  const newest = coalesce<WatchResponse>((older, newer) => ({
    ...newer,
    replaced: older.replaced + 1 + newer.replaced,
  }));
  return implement(VitalsService, {
    replay: (request) => replay(metrics, roundsOf(request)),
    watch: (request) => {
      const wishes = wishesOf(request);
      return buffered(asWished(rounds(request.resumeAfter), wishes), newest);
    },
  });
}

/**
 * Measures a round when the call asks for one, which it does when there is room on the way to the reader. If the reader
 * stops, this loop waits at its `yield`. That is all there is to back-pressure.
 */
function* replay(metrics: Metrics, count: number): Generator<ReplayResponse> {
  const stop = metrics.start();
  try {
    for (let sequence = 1; sequence <= count; sequence += 1) yield { sequence, ...metrics.measure() };
  } finally {
    // Runs however the call ends: the bridge calls `return` on the generator.
    stop();
  }
}

/**
 * The rounds as one watcher asked for them. A watcher that asked for everything gets the serialized messages that all
 * share.
 */
function asWished(rounds: Observable<Outgoing<WatchResponse>>, { every, wanted, everything }: WatchWishes) {
  if (everything) return rounds;
  return rounds.pipe(
    filter((_, index) => index % every === 0),
    map((round, index) => {
      const { readings, ...rest } = round instanceof Encoded ? round.message : round;
      const replaced = index === 0 ? 0 : every - 1;
      return { ...rest, readings: readings.filter(({ metric }) => wanted.has(metric)), replaced };
    }),
  );
}
