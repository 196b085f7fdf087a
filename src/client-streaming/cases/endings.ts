import { status } from "@grpc/grpc-js";
import { caller, violationsOf } from "quartet-bridge";
import { concatWith, finalize, interval, map, take, throwError } from "rxjs";
import { StatisticsService, type SummarizeRequest } from "#gen/quartet/statistics/v1/statistics.js";
import { type Case, failure, grouped } from "../../host/index.js";
import { batchSize } from "../numbers.js";

/** 8 MB: far more than the buffers hold, so that a sender that nothing stops shows. */
const many = 1_024_000;

/** The server refuses one number early in a long stream: it answers at once, and the sender stops. */
export const refused: Case = async ({ client, signal, say }) => {
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
  say(`  the sender was stopped after ${grouped(sent)} of ${grouped(many)} numbers`);
  if (violation?.field !== "values[2500]") throw new Error("the NaN was number 2500 of the stream");
  if (sent >= many) throw new Error("the sender was not stopped");
};

/** The client cancels half way. There is no answer to half a stream. */
export const cancel: Case = async ({ client, signal, say }) => {
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
  say(`cancelled half way through ${grouped(many)} numbers: CANCELLED, and no answer`);
  if (sent >= many) throw new Error("the source went on to its end");
};

/** A source that never ends, and a deadline: the call ends on both sides, and the source is unsubscribed. */
export const deadline: Case = async ({ client, signal, say }) => {
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
};

/**
 * The source fails: the bridge cancels the call, and the caller gets the source's own error. The bridge does not
 * half-close, because a half-close says that these were all.
 */
export const sourceFails: Case = async ({ client, signal, say }) => {
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
};

/** What a call has failed with. */
function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => Promise.reject(new Error("the call was answered")),
    (error: unknown) => error,
  );
}
