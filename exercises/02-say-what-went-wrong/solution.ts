import { type handleUnaryCall, type ServiceError, status } from "@grpc/grpc-js";
import { Instrument, type MeasureRequest, type Reading } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * A mast that can fail. If an instrument does not work, the promise is rejected with an error for the engineer. If the
 * instrument does not exist, the promise resolves with undefined.
 */
export type Mast = (instrument: Instrument) => Promise<Reading | undefined>;

/** The error that a caller gets: a code for its program, and a text for people. */
function refusal(code: status, details: string): Partial<ServiceError> {
  return { code, details };
}

/** Answers with the reading, or says what went wrong: see the contract, proto/quartet/workshop/v1/workshop.proto. */
export function measure(mast: Mast): handleUnaryCall<MeasureRequest, Reading> {
  return async (call, callback) => {
    const { instrument } = call.request;
    // #region yours
    //> const reading = await mast(instrument);
    //> callback(null, reading);
    if (instrument === Instrument.UNSPECIFIED) {
      callback(refusal(status.INVALID_ARGUMENT, "name an instrument"));
      return;
    }
    try {
      const reading = await mast(instrument);
      if (reading) callback(null, reading);
      else callback(refusal(status.NOT_FOUND, "the station has no such instrument"));
    } catch {
      callback(refusal(status.UNAVAILABLE, "the instrument does not work at the moment"));
    }
    // #endregion
  };
}
