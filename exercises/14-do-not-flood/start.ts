import type { handleServerStreamingCall } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * How a station gives out its archive. A loop over `archive()` opens the archive and takes one reading after the other;
 * the end of the loop closes it, be it by `return`.
 */
export function watch(archive: () => Iterable<Reading>): handleServerStreamingCall<WatchRequest, Reading> {
  return async (call) => {
    // ─── yours, from here …
    for (const reading of archive()) call.write(reading);
    call.end();
    // ─── … to here
  };
}
