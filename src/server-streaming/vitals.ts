import { type BridgedService, buffered, coalesce, Encoded, implement, type Outgoing } from "quartet-bridge";
import { filter, interval, map, type Observable } from "rxjs";
import { type ReplayResponse, VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { HostMetrics, type Metrics } from "./host-metrics/metrics.js";
import { liveRounds, roundMs } from "./live-rounds.js";
import { roundsOf, type WatchWishes, wishesOf } from "./requests.js";

/**
 * The service of vitals.proto: a stream that can wait for its reader, and one that cannot.
 *
 * @param draining aborts when the server begins to stop: Watch, which has no end of its own, ends then
 * @param sources what is measured and when; this host every 100 ms unless told otherwise
 */
export function vitals(
  draining: AbortSignal,
  { metrics = new HostMetrics(), ticks = interval(roundMs) }: { metrics?: Metrics; ticks?: Observable<unknown> } = {},
): BridgedService {
  const rounds = liveRounds(metrics, ticks, draining);
  // The rounds go on whether anybody reads or not, so something must give: here the older round, and it is counted.
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
 * Each round is measured when it is asked for, and it is asked for when there is room on the way to the reader. A
 * reader who stops, stops this loop at its `yield`: that is back-pressure, and there is nothing else to it.
 */
function* replay(metrics: Metrics, count: number): Generator<ReplayResponse> {
  const stop = metrics.start();
  try {
    for (let sequence = 1; sequence <= count; sequence += 1) yield { sequence, ...metrics.measure() };
  } finally {
    // Runs when the call is over as well, however it ends: the bridge returns a generator that nobody reads any more.
    stop();
  }
}

/** The rounds as one watcher wants them. Who wants everything gets what is serialised already. */
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
