import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Instrument, MeasureRequest, Reading } from "#gen/quartet/workshop/v1/workshop.js";

/** The instruments on the mast of a station: gives the reading that one of them shows now. */
export type Mast = (instrument: Instrument) => Reading;

/** Answers one question: `call.request` is the question, and `callback(null, answer)` sends the answer. */
export function measure(mast: Mast): handleUnaryCall<MeasureRequest, Reading> {
  return (call, callback) => {
    // #region yours
    //> // A client asks for the reading of one instrument. Read the mast, and answer.
    callback(null, mast(call.request.instrument));
    // #endregion
  };
}
