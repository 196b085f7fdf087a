import type { ClientReadableStream } from "@grpc/grpc-js";
import type { Reading } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * Reads a call that watches a station to its end, whichever that is: all readings where the call ends well, and the error
 * of the call where it does not.
 */
export function readAll(call: ClientReadableStream<Reading>): Promise<Reading[]> {
  return new Promise((resolve, reject) => {
    // #region yours
    //> const readings: Reading[] = [];
    //> call.on("data", (reading: Reading) => readings.push(reading));
    //> call.on("end", () => resolve(readings));
    const readings: Reading[] = [];
    call.on("data", (reading: Reading) => readings.push(reading));
    // A call that fails has an 'end' as well, but its 'error' comes first: what the promise is told after that is too late.
    call.on("error", reject);
    call.on("end", () => resolve(readings));
    // #endregion
  });
}
