import { setTimeout } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { firstValueFrom, lastValueFrom, Subject, take, tap } from "rxjs";
import { Metric, VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import type { Case } from "../../host/index.js";
import { readingsText } from "../watch-client/metric-text.js";

/** Five live rounds. The stream is endless, and leaving the loop cancels the call. */
export const watch: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  let left = 5;
  for await (const round of vitals.watch({ metrics: [Metric.CPU, Metric.MEMORY], intervalMs: 0 }, { signal })) {
    say(`round ${round.cursor?.sequence}: ${readingsText(round.readings)}`);
    left -= 1;
    if (left === 0) return;
  }
  throw new Error("the stream ended by itself");
};

/**
 * A reader that needs 250 ms per round, of which there are ten per second. It says so, and the server skips the rounds
 * in between. Each message says how many it skipped, so numbers and counts leave no gap.
 */
export const watchSlow: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const needsMs = 250;
  let last: number | undefined;
  let passedOver = 0;
  for await (const round of vitals.watch({ metrics: [Metric.CPU], intervalMs: needsMs }, { signal })) {
    const sequence = sequenceOf(round);
    if (last !== undefined && last + round.replaced + 1 !== sequence) {
      throw new Error(`round ${sequence} came after ${last} and says that it replaced ${round.replaced}`);
    }
    say(`round ${sequence}: ${readingsText(round.readings)}; the newest, instead of ${round.replaced} more`);
    passedOver += round.replaced;
    last = sequence;
    if (passedOver >= 6) {
      say("every number is accounted for: the one before, plus those replaced, plus 1");
      return;
    }
    await setTimeout(needsMs, undefined, { signal });
  }
  throw new Error("the stream ended by itself");
};

/** The same method as an Observable. `take` unsubscribes after the third round, and that cancels the call. */
export const observe: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const ended = new Subject<status>();
  const outcome = firstValueFrom(ended);
  const rounds = vitals.watch.observe(
    { metrics: [Metric.MEMORY, Metric.LOAD], intervalMs: 0 },
    { signal, onStatus: ({ code }) => ended.next(code) },
  );
  await lastValueFrom(
    rounds.pipe(
      take(3),
      tap((round) => say(`round ${round.cursor?.sequence}: ${readingsText(round.readings)}`)),
    ),
  );
  const code = await outcome;
  if (code !== status.CANCELLED) throw new Error(`the call ended with ${status[code]}, and not by unsubscribing`);
  say(`unsubscribed: the call ended with ${status[code]}`);
};

function sequenceOf({ cursor }: WatchResponse): number {
  if (!cursor) throw new Error("a round came without its cursor");
  return cursor.sequence;
}
