import type { handleClientStreamingCall } from "@grpc/grpc-js";
import type { ControlRoomClient, Reading, Summary } from "#gen/quartet/workshop/v1/workshop.js";

/** Summarizes readings in one message: how many, the lowest value and the highest. */
function summaryOf(readings: readonly Reading[]): Summary {
  const values = readings.map(({ value }) => value);
  if (values.length === 0) return { count: 0 };
  return { count: values.length, lowest: Math.min(...values), highest: Math.max(...values) };
}

/** The station's part, a client: reports its readings to the control room, and resolves with the answer. */
export function report(room: ControlRoomClient, readings: readonly Reading[]): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const call = room.report((error, summary) => (error ? reject(error) : resolve(summary)));
    // #region yours
    //> for (const reading of readings) call.write(reading);
    for (const reading of readings) call.write(reading);
    // Half-closes: the control room waits for this before it answers.
    call.end();
    // #endregion
  });
}

/** The control room's part, a server: reads all readings of the station, then answers once. */
export const summarize: handleClientStreamingCall<Reading, Summary> = (call, callback) => {
  // #region yours
  //> call.on("data", (reading: Reading) => {
  //>   callback(null, summaryOf([reading]));
  //> });
  const readings: Reading[] = [];
  call.on("data", (reading: Reading) => readings.push(reading));
  call.on("end", () => callback(null, summaryOf(readings)));
  // #endregion
};
