import type { CallOptions, ClientReadableStream } from "@grpc/grpc-js";
import { Instrument, type Reading, type StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * Asks a station for readings: `count` of them, or, where that is 0, readings without end. A station that works needs at
 * most `patienceMs` milliseconds for each.
 */
export function watch(station: StationClient, count: number, patienceMs: number): ClientReadableStream<Reading> {
  const request = { instrument: Instrument.THERMOMETER, count, resumeAfter: 0 };
  const options: Partial<CallOptions> = {};
  // ─── yours, from here …
  options.deadline = patienceMs;
  // ─── … to here
  return station.watch(request, options);
}
