import { type handleServerStreamingCall, Metadata } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** Answers a client that watches the station of this name: a header, the readings as they come, and a trailer. */
export function watch(
  name: string,
  readings: () => AsyncIterable<Reading>,
): handleServerStreamingCall<WatchRequest, Reading> {
  return async (call) => {
    // #region yours
    //> const metadata = new Metadata();
    //> metadata.set("station", name);
    //> let sent = 0;
    //> for await (const reading of readings()) {
    //>   call.write(reading);
    //>   sent += 1;
    //> }
    //> metadata.set("readings-sent", String(sent));
    //> call.sendMetadata(metadata);
    //> call.end();
    const headers = new Metadata();
    headers.set("station", name);
    call.sendMetadata(headers);
    let sent = 0;
    for await (const reading of readings()) {
      call.write(reading);
      sent += 1;
    }
    const trailers = new Metadata();
    trailers.set("readings-sent", String(sent));
    call.end(trailers);
    // #endregion
  };
}
