import type { CallOptions, ClientReadableStream } from "@grpc/grpc-js";
import { Instrument, type Reading, type StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * Asks a station for `count` readings, or for readings without end if `count` is 0. A working station needs at most
 * `patienceMs` milliseconds for each.
 */
export function watch(station: StationClient, count: number, patienceMs: number): ClientReadableStream<Reading> {
  const request = { instrument: Instrument.THERMOMETER, count, resumeAfter: 0 };
  const options: Partial<CallOptions> = {};
  // #region yours
  //> options.deadline = patienceMs;
  // A watch without end has no time when it must be over.
  if (count > 0) {
    // Late enough for the slowest station that still works.
    const wholeMs = count * patienceMs;
    options.deadline = Date.now() + wholeMs;
  }
  // #endregion
  return station.watch(request, options);
}
