import { type handleServerStreamingCall, status } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** The status that the client gets if the instrument fails, even half-way: see the contract, at `Watch`. */
const failure = { code: status.UNAVAILABLE, details: "the instrument has stopped working" };

/**
 * Answers a client that watches the station. `readings` can fail after any number of readings: then the loop over them
 * throws an error for the engineer.
 */
export function watch(readings: () => AsyncIterable<Reading>): handleServerStreamingCall<WatchRequest, Reading> {
  return async (call) => {
    // #region yours
    //> try {
    //>   for await (const reading of readings()) call.write(reading);
    //>   call.end();
    //> } catch (error) {
    //>   call.destroy(error as Error);
    //> }
    try {
      for await (const reading of readings()) call.write(reading);
      call.end();
    } catch {
      // `destroy` would send no status. This is sent as the status, after all written readings.
      call.emit("error", failure);
    }
    // #endregion
  };
}
