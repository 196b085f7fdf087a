import type { handleServerStreamingCall } from "@grpc/grpc-js";
import type { Reading, WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";

/** Takes a reading at every tick, and drains the station's battery, until it is stopped. To stop it twice does no harm. */
export interface Timer {
  stop(): void;
}

/** What a station has for those who watch it. */
export interface Station {
  /** Starts a timer for one watcher. `show` is given a reading at every tick: number 1, 2, 3, … */
  startTimer(show: (reading: Reading) => void): Timer;
  /** Writes into the station's log that a watcher has left before he had all that he asked for. */
  logHangUp(): void;
}

/** How a station answers who watches it: with as many readings as he asks for, or fewer where he hangs up. */
export function watch(station: Station): handleServerStreamingCall<WatchRequest, Reading> {
  return (call) => {
    // ─── yours, from here …
    const timer = station.startTimer((reading) => {
      call.write(reading);
      if (reading.sequence < call.request.count) return;
      timer.stop();
      call.end();
    });
    // ─── … to here
  };
}
