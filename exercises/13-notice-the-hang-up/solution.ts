import type { handleServerStreamingCall } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** Takes a reading at every tick, which uses battery, until it is stopped. Stopping it twice does no harm. */
export interface Timer {
  stop(): void;
}

/** The station's tools for its watchers. */
export interface Station {
  /** Starts a timer for one watcher. It calls `show` with a reading at every tick: number 1, 2, 3, … */
  startTimer(show: (reading: Reading) => void): Timer;
  /** Records in the station's log that a watcher left before it had all readings that it asked for. */
  logHangUp(): void;
}

/** Answers a watcher with as many readings as it asks for, or fewer if it hangs up. */
export function watch(station: Station): handleServerStreamingCall<WatchRequest, Reading> {
  return (call) => {
    // #region yours
    //> const timer = station.startTimer((reading) => {
    //>   call.write(reading);
    //>   if (reading.sequence < call.request.count) return;
    //>   timer.stop();
    //>   call.end();
    //> });
    const timer = station.startTimer((reading) => {
      call.write(reading);
      if (reading.sequence < call.request.count) return;
      timer.stop();
      call.end();
    });
    call.on("cancelled", () => {
      timer.stop();
      // 'cancelled' comes after every call. After our own end it does not mean a hang-up.
      if (!call.writableEnded) station.logHangUp();
    });
    // #endregion
  };
}
