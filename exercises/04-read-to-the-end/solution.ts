import type { ClientReadableStream } from "@grpc/grpc-js";
import type { Reading } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * Reads a call that watches a station to its end: resolves with all readings if the call ends well, and rejects with
 * the error of the call if it fails.
 */
export function readAll(call: ClientReadableStream<Reading>): Promise<Reading[]> {
  return new Promise((resolve, reject) => {
    // #region yours
    //> const readings: Reading[] = [];
    //> call.on("data", (reading: Reading) => readings.push(reading));
    //> call.on("end", () => resolve(readings));
    const readings: Reading[] = [];
    call.on("data", (reading: Reading) => readings.push(reading));
    // A failed call emits 'end' too, but after 'error': the promise is settled by then.
    call.on("error", reject);
    call.on("end", () => resolve(readings));
    // #endregion
  });
}
