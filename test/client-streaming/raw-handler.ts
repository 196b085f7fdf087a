// README.md shows the region below beside src/client-streaming/statistics.ts; statistics.test.ts runs both.
import { status } from "@grpc/grpc-js";
import { badRequest, StatusError } from "quartet-bridge";
import type { StatisticsServer } from "#gen/quartet/statistics/v1/statistics.js";
import { Summary } from "../../src/client-streaming/summary.js";

// #region raw
export function raw(log: (error: unknown) => void): StatisticsServer {
  return {
    summarize(call, callback) {
      const summary = new Summary();
      // One ending only: what has been refused must not be answered as well.
      let over = false;
      function fail(error: unknown): void {
        over = true;
        if (error instanceof StatusError) {
          callback(error);
        } else {
          // Given to the callback as it is, it would go out with its message, whatever secret that holds.
          log(error);
          callback({ code: status.UNKNOWN, details: "the server failed; its log says more" });
        }
      }

      // They come as fast as they can. Work that takes time, a database for one, would have to pause and resume the
      // call.
      call.on("data", ({ values }) => {
        // And they go on coming after a refusal, until the client has heard of it.
        if (over) return;
        // What is thrown in a listener is nobody's: the process ends, and every other call with it.
        try {
          for (const value of values) {
            if (!Number.isFinite(value)) throw notFinite(summary.count);
            summary.add(value);
          }
        } catch (error) {
          fail(error);
        }
      });

      // A client that cancels looks like one that half-closes, until its reset has come in as well.
      call.on("end", () => {
        setImmediate(() =>
          setImmediate(() => {
            if (over) return;
            over = true;
            const { count, min, max, mean, standardDeviation } = summary;
            callback(null, { count, min, max, mean, standardDeviation });
          }),
        );
      });

      // It comes after a call that went well too, and then changes nothing.
      call.on("cancelled", () => {
        over = true;
      });
    },
  };
}
// #endregion

function notFinite(position: number) {
  return badRequest({ field: `values[${position}]`, description: "must be a finite number, not a NaN or an infinity" });
}
