import { Instrument, type Reading, type StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/** Watches a station until so many readings have come, and gives them. */
export async function first(station: StationClient, wanted: number): Promise<Reading[]> {
  // A count of 0: the station sends readings until it hears that nobody wants them.
  const call = station.watch({ instrument: Instrument.THERMOMETER, count: 0, resumeAfter: 0 });
  const readings: Reading[] = [];
  // #region yours
  //> for await (const reading of call) {
  //>   readings.push(reading);
  //>   if (readings.length === wanted) break;
  //> }
  // To hang up ends the call with CANCELLED, which is an 'error'. Nobody needs to be told what he has done himself.
  call.on("error", () => {});
  try {
    for await (const reading of call) {
      readings.push(reading);
      if (readings.length === wanted) break;
    }
  } finally {
    // However the loop is left: the station is to know.
    call.cancel();
  }
  // #endregion
  return readings;
}
