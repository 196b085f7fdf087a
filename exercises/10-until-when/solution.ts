import type { CallOptions, ClientReadableStream } from "@grpc/grpc-js";
import { Instrument, type Reading, type StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * Asks a station for readings: `count` of them, or, where that is 0, readings without end. A station that works needs at
 * most `patienceMs` milliseconds for each.
 */
export function watch(station: StationClient, count: number, patienceMs: number): ClientReadableStream<Reading> {
  const request = { instrument: Instrument.THERMOMETER, count, resumeAfter: 0 };
  const options: Partial<CallOptions> = {};
  // #region yours
  //> options.deadline = patienceMs;
  // Without end means without a moment at which it must be over.
  if (count > 0) {
    // A moment: from now on, and late enough for the slowest station that still works.
    const wholeMs = count * patienceMs;
    options.deadline = Date.now() + wholeMs;
  }
  // #endregion
  return station.watch(request, options);
}
