import { type handleServerStreamingCall, status } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** What who watches is told when the instrument fails, be it half-way: see the contract, at `Watch`. */
const failure = { code: status.UNAVAILABLE, details: "the instrument has stopped working" };

/**
 * How a station answers who watches it. `readings` can fail after any number of readings: the loop over them throws then,
 * with what an engineer would want to know.
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
      // Not `destroy`: this is sent as the status, after all that has been written.
      call.emit("error", failure);
    }
    // #endregion
  };
}
