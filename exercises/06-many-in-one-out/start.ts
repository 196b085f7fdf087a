import type { handleClientStreamingCall } from "@grpc/grpc-js";
import type { ControlRoomClient, Reading, Summary } from "#gen/quartet/workshop/v1/workshop.js";

/** What readings were, in one message: how many, and between which values. */
function summaryOf(readings: readonly Reading[]): Summary {
  const values = readings.map(({ value }) => value);
  if (values.length === 0) return { count: 0 };
  return { count: values.length, lowest: Math.min(...values), highest: Math.max(...values) };
}

/** The station's part, a client: reports its readings to the control room, and resolves with what the room answers. */
export function report(room: ControlRoomClient, readings: readonly Reading[]): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const call = room.report((error, summary) => (error ? reject(error) : resolve(summary)));
    // ─── yours, from here …
    for (const reading of readings) call.write(reading);
    // ─── … to here
  });
}

/** The control room's part, a server: takes in what the station reports, and answers once, when that was all. */
export const summarize: handleClientStreamingCall<Reading, Summary> = (call, callback) => {
  // ─── yours, from here …
  call.on("data", (reading: Reading) => {
    callback(null, summaryOf([reading]));
  });
  // ─── … to here
};
