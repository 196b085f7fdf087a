import { type handleUnaryCall, Metadata, status } from "@grpc/grpc-js";
import type { InquireRequest, Reading, StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/** The stations that the control room can reach, by their names. */
export type Stations = (name: string) => StationClient | undefined;

/** How the control room answers for a station: it asks there, and passes on what it hears. */
export function inquire(stations: Stations): handleUnaryCall<InquireRequest, Reading> {
  return (call, callback) => {
    const { station: name, instrument } = call.request;
    const station = stations(name);
    if (!station) {
      callback({ code: status.NOT_FOUND, details: `there is no station ${JSON.stringify(name)}` });
      return;
    }
    // ─── yours, from here …
    station.measure({ instrument }, callback);
    // ─── … to here
  };
}
