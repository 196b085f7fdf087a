import type { handleServerStreamingCall } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** Answers a client that watches the station: `call.write` sends a reading, `call.end` says that there are no more. */
export function watch(readings: () => AsyncIterable<Reading>): handleServerStreamingCall<WatchRequest, Reading> {
  return async (call) => {
    // #region yours
    //> const all: Reading[] = [];
    //> for await (const reading of readings()) all.push(reading);
    //> for (const reading of all) call.write(reading);
    //> call.end();
    for await (const reading of readings()) call.write(reading);
    call.end();
    // #endregion
  };
}
