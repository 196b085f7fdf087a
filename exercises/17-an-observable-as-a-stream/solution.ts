// #region yours
//> // What you need of RxJS is imported here, operators too if you want some.
//> import type { Observable, Subscription } from "rxjs";
import type { Observable, Subscription } from "rxjs";
// #endregion

import { type handleServerStreamingCall, type ServerWritableStream, status } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** What the listener is told when the readings fail: `call.emit("error", failed)`. The cause itself stays here. */
const failed = { code: status.UNAVAILABLE, details: "the instrument does not work" };

/** How a station answers who watches it: with readings that are pushed, whether anybody is ready for them or not. */
export function watch(readings$: Observable<Reading>): handleServerStreamingCall<WatchRequest, Reading> {
  return (call) => {
    const sending = send(readings$, call);
    // Who has hung up needs no more readings.
    call.on("cancelled", () => sending.unsubscribe());
  };
}

/** Sends the readings as fast as the call takes them: all of them, in their order, and then how they ended. */
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
