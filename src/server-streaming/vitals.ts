import { randomUUID } from "node:crypto";
import { interval, type Observable, takeUntil } from "rxjs";
import { type ReplayResponse, VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { aborted, type BridgedService, implement } from "../bridge/index.js";
import { liveRounds, type Round, roundMs } from "./live-rounds.js";
import { HostMetrics, type Metrics } from "./metrics.js";
import { newest } from "./newest.js";
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
  const epoch = randomUUID();
  const rounds = liveRounds(metrics, ticks, draining);
  return implement(VitalsService, {
    replay: (request) => replay(metrics, roundsOf(request)),
    // Without `takeUntil` a watcher that waits for a round would be kept, after its call is over, until the next one.
    watch(request, call) {
      const wishes = wishesOf(request, epoch);
      return watch(rounds.pipe(takeUntil(aborted(call.signal))), wishes, epoch);
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

/**
 * The rounds go on whether anybody reads or not, so something must give: here the older round. What was passed over,
 * because the reader was slow or because it asked for fewer, is the gap in the numbers.
 */
async function* watch(
  rounds: Observable<Round>,
  { every, wanted }: WatchWishes,
  epoch: string,
): AsyncGenerator<WatchResponse> {
  let last: number | undefined;
  for await (const { sequence, measuredAt, readings } of newest(rounds)) {
    if (last !== undefined && sequence < last + every) continue;
    yield {
      cursor: { epoch, sequence },
      measuredAt,
      readings: readings.filter(({ metric }) => wanted.has(metric)),
      replaced: last === undefined ? 0 : sequence - last - 1,
    };
    last = sequence;
  }
}
