import { status } from "@grpc/grpc-js";
import type { StatisticsServer } from "#gen/quartet/statistics/v1/statistics.js";
import { badRequest, StatusError } from "../../src/bridge/index.js";
import { Summary } from "../../src/client-streaming/summary.js";

/** The service of src/client-streaming/statistics.ts over grpc-js alone: what its README shows beside the bridged one. */
// #region raw
export const rawStatistics: StatisticsServer = {
  summarize(call, callback) {
    const summary = new Summary();
    // One ending only: what has been refused must not be answered as well.
    let over = false;
    function fail(error: unknown): void {
      if (over) return;
      over = true;
      // Any other error's message would go over the wire as it is, whatever secret it holds.
      callback(error instanceof StatusError ? error : { code: status.UNKNOWN, details: "the server failed" });
    }

    call.on("data", ({ values }) => {
      // Messages go on coming in after a refusal, until the client has heard of it.
      if (over) return;
      // What is thrown in a listener is nobody's: the process dies, and every other call with it.
      try {
        for (const value of values) {
          if (!Number.isFinite(value)) {
            const description = "must be a finite number, not a NaN or an infinity";
            throw badRequest({ field: `values[${summary.count}]`, description });
          }
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

    // Also after a call that went well, and then it changes nothing.
    call.on("cancelled", () => {
      over = true;
    });
  },
};
// #endregion
