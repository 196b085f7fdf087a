import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Instrument, MeasureRequest, Reading } from "#gen/quartet/workshop/v1/workshop.js";

/** What stands on the mast of a station: it shows a value whenever it is asked. */
export type Mast = (instrument: Instrument) => Reading;

/** How a station answers: `call.request` is the question, and `callback(null, answer)` sends the answer. */
export function measure(mast: Mast): handleUnaryCall<MeasureRequest, Reading> {
  return (call, callback) => {
    // ─── yours, from here …
    // Somebody asks for the reading of one instrument. Read it off the mast, and answer.
    // ─── … to here
  };
}
