import { badRequest, implement } from "quartet-bridge";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { Summary } from "./summary.js";

/** Describes a stream of numbers. The contract is proto/quartet/statistics/v1/statistics.proto. */
export const statistics = implement(StatisticsService, {
  async summarize(requests) {
    const summary = new Summary();

    // The loop sets the pace: while it is busy, the sender waits. It ends with the client's half-close. If the client
    // cancels, it throws, and no answer is sent.
    for await (const { values } of requests) {
      for (const value of values) {
        // An error in the middle of the stream ends the call at once. The client stops sending.
        if (!Number.isFinite(value)) throw notFinite(summary.count);
        summary.add(value);
      }
    }

    const { count, min, max, mean, standardDeviation } = summary;
    return { count, min, max, mean, standardDeviation };
  },
});

/** One NaN would make the mean and the deviation NaN. `position` counts from 0 over all messages. */
function notFinite(position: number) {
  return badRequest({ field: `values[${position}]`, description: "must be a finite number, not a NaN or an infinity" });
}
