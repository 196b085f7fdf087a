import type { handleServerStreamingCall } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * Sends the station's archive. A loop over `archive()` opens the archive, and takes one reading after another. Leaving
 * the loop closes the archive, also by `return`.
 */
export function watch(archive: () => Iterable<Reading>): handleServerStreamingCall<WatchRequest, Reading> {
  return async (call) => {
    // #region yours
    //> for (const reading of archive()) call.write(reading);
    //> call.end();
    let wake = () => {};
    call.on("drain", () => wake());
    // After 'cancelled', 'drain' never comes.
    call.on("cancelled", () => wake());
    for (const reading of archive()) {
      if (call.write(reading)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (call.cancelled) return;
    }
    call.end();
    // #endregion
  };
}
