import { status } from "@grpc/grpc-js";
import { caller, violationsOf } from "quartet-bridge";
import { concatWith, finalize, interval, map, take, throwError } from "rxjs";
import { StatisticsService, type SummarizeRequest } from "#gen/quartet/statistics/v1/statistics.js";
import { type CaseContext, failure } from "../../host/index.js";
import { batchSize } from "../numbers.js";

/** 8 MB: far more than the buffers on the way hold, so that a sender who is not stopped would be noticed. */
const many = 1_024_000;

/** The server refuses one number early in a long stream: it answers at once, and the sender stops. */
export async function refused({ client, signal, say }: CaseContext): Promise<void> {
  const statistics = caller(StatisticsService, client);
  let sent = 0;
  function* numbers(): Generator<SummarizeRequest> {
    for (; sent < many; sent += batchSize) {
      const values = Array.from({ length: batchSize }, (_, i) => sent + i);
      if (sent === 2 * batchSize) values[452] = Number.NaN;
      yield { values };
    }
  }

  const error = await failure(status.INVALID_ARGUMENT, statistics.summarize(numbers(), { signal, timeoutMs: 5_000 }));
  const [violation] = violationsOf(error);
  say(`refused: ${violation?.field} ${violation?.description}`);
  say(`  the sender was stopped after ${amount(sent)} of ${amount(many)} numbers`);
  if (violation?.field !== "values[2500]") throw new Error("the NaN was number 2500 of the stream");
  if (sent >= many) throw new Error("the sender was not stopped");
}

/** The client thinks better of it half way. What it has sent counts for nothing: there is no half an answer. */
export async function cancel({ client, signal, say }: CaseContext): Promise<void> {
  const statistics = caller(StatisticsService, client);
  const giveUp = new AbortController();
  let sent = 0;
  function* numbers(): Generator<SummarizeRequest> {
    for (; sent < many; sent += batchSize) {
      if (sent === many / 2) giveUp.abort();
      yield { values: Array.from({ length: batchSize }, (_, i) => sent + i) };
    }
  }

  const either = AbortSignal.any([signal, giveUp.signal]);
  await failure(status.CANCELLED, statistics.summarize(numbers(), { signal: either, timeoutMs: 5_000 }));
  say(`cancelled half way through ${amount(many)} numbers: CANCELLED, and no answer`);
  if (sent >= many) throw new Error("the source went on to its end");
}

/** A source that never ends, and a deadline that does: the call is over at both sides, and the source let go. */
export async function deadline({ client, signal, say }: CaseContext): Promise<void> {
  const statistics = caller(StatisticsService, client);
  let released = false;
  const sensor = interval(20).pipe(
    map((reading) => ({ values: [reading] })),
    finalize(() => {
      released = true;
    }),
  );

  await failure(status.DEADLINE_EXCEEDED, statistics.summarize(sensor, { signal, timeoutMs: 200 }));
  say("an endless source and a deadline of 200 ms: DEADLINE_EXCEEDED, and no answer");
  if (!released) throw new Error("the source is still running");
}

/**
 * The source itself breaks: the call is cancelled, and the caller gets that very error. It never half-closes, for that
 * would say that these were all.
 */
export async function sourceFails({ client, signal, say }: CaseContext): Promise<void> {
  const statistics = caller(StatisticsService, client);
  const unplugged = new Error("the sensor was unplugged");
  const sensor = interval(20).pipe(
    map((reading) => ({ values: [reading] })),
    take(5),
    concatWith(throwError(() => unplugged)),
  );

  const error = await outcome(statistics.summarize(sensor, { signal, timeoutMs: 5_000 }));
  if (error !== unplugged) throw new Error("the caller did not get the source's own error", { cause: error });
  say(`the source failed: "${unplugged.message}" at the caller, and no answer`);
}

/** What a call has failed with. */
function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => Promise.reject(new Error("the call was answered")),
    (error: unknown) => error,
  );
}

function amount(value: number): string {
  return value.toLocaleString("en-US");
}
