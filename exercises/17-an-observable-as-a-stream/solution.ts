// #region yours
//> // Import from RxJS here, operators too if you want some.
//> import type { Observable, Subscription } from "rxjs";
import type { Observable, Subscription } from "rxjs";
// #endregion

import { type handleServerStreamingCall, type ServerWritableStream, status } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** The status for the client if the readings fail: `call.emit("error", failed)`. The cause itself is not sent. */
const failed = { code: status.UNAVAILABLE, details: "the instrument does not work" };

/** Answers a client that watches the station, with readings that are pushed whether or not the call can take them. */
export function watch(readings$: Observable<Reading>): handleServerStreamingCall<WatchRequest, Reading> {
  return (call) => {
    const sending = send(readings$, call);
    // After a cancel, the client needs no more readings.
    call.on("cancelled", () => sending.unsubscribe());
  };
}

/** Sends all readings as fast as the call takes them, in order, and then ends the call as the readings ended. */
function send(readings$: Observable<Reading>, call: ServerWritableStream<WatchRequest, Reading>): Subscription {
  // #region yours
  //> return readings$.subscribe({
  //>   next: (reading) => call.write(reading),
  //>   error: () => call.emit("error", failed),
  //>   complete: () => call.end(),
  //> });
  const waiting: Reading[] = [];
  let ending: (() => void) | undefined;
  const sendOn = () => {
    while (waiting.length > 0 && !call.writableNeedDrain) call.write(waiting.shift() as Reading);
    if (waiting.length === 0) ending?.();
  };
  const endWith = (how: () => void) => {
    ending = how;
    sendOn();
  };
  call.on("drain", sendOn);
  return readings$.subscribe({
    next: (reading) => {
      waiting.push(reading);
      sendOn();
    },
    error: () => endWith(() => call.emit("error", failed)),
    complete: () => endWith(() => call.end()),
  });
  // #endregion
}
