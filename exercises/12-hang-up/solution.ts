import { Instrument, type Reading, type StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/** Watches a station until `wanted` readings have come, and returns them. */
export async function first(station: StationClient, wanted: number): Promise<Reading[]> {
  // With a count of 0, the station sends readings until the call is cancelled.
  const call = station.watch({ instrument: Instrument.THERMOMETER, count: 0, resumeAfter: 0 });
  const readings: Reading[] = [];
  // #region yours
  //> for await (const reading of call) {
  //>   readings.push(reading);
  //>   if (readings.length === wanted) break;
  //> }
  // Our own cancel is reported as an 'error', CANCELLED. Without a listener it would end the process.
  call.on("error", () => {});
  try {
    for await (const reading of call) {
      readings.push(reading);
      if (readings.length === wanted) break;
    }
  } finally {
    // However the loop is left, the station must learn that the call is over.
    call.cancel();
  }
  // #endregion
  return readings;
}
