import { Instrument, type Reading, type StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/** Watches a station until so many readings have come, and gives them. */
export async function first(station: StationClient, wanted: number): Promise<Reading[]> {
  // A count of 0: the station sends readings until it hears that nobody wants them.
  const call = station.watch({ instrument: Instrument.THERMOMETER, count: 0, resumeAfter: 0 });
  const readings: Reading[] = [];
  // ─── yours, from here …
  for await (const reading of call) {
    readings.push(reading);
    if (readings.length === wanted) break;
  }
  // ─── … to here
  return readings;
}
