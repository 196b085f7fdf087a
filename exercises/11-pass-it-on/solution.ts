import { type handleUnaryCall, Metadata, status } from "@grpc/grpc-js";
import type { InquireRequest, Reading, StationClient } from "#gen/quartet/workshop/v1/workshop.js";

/** The stations that the control room can reach, by name. */
export type Stations = (name: string) => StationClient | undefined;

/** Answers for a station: the control room asks the station, and passes on its answer. */
export function inquire(stations: Stations): handleUnaryCall<InquireRequest, Reading> {
  return (call, callback) => {
    const { station: name, instrument } = call.request;
    const station = stations(name);
    if (!station) {
      callback({ code: status.NOT_FOUND, details: `there is no station ${JSON.stringify(name)}` });
      return;
    }
    // #region yours
    //> station.measure({ instrument }, callback);
    // The station gets the caller's deadline, so it can stop by itself.
    const options = { deadline: call.getDeadline() };
    const asked = station.measure({ instrument }, new Metadata(), options, callback);
    // 'cancelled' comes after every call, even an answered one. Cancelling a call that is over has no effect.
    call.on("cancelled", () => asked.cancel());
    // #endregion
  };
}
