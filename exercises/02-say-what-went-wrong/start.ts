import { type handleUnaryCall, type ServiceError, status } from "@grpc/grpc-js";
import { Instrument, type MeasureRequest, type Reading } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * A mast that can fail: the promise is rejected when an instrument does not work, with what an engineer would want to
 * know. It resolves with undefined where there is no such instrument.
 */
export type Mast = (instrument: Instrument) => Promise<Reading | undefined>;

/** What a caller is told of an error: a code for its program, and a text for its people. */
function refusal(code: status, details: string): Partial<ServiceError> {
  return { code, details };
}

/** Answers with the reading, or says what went wrong: see the contract, proto/quartet/workshop/v1/workshop.proto. */
export function measure(mast: Mast): handleUnaryCall<MeasureRequest, Reading> {
  return async (call, callback) => {
    const { instrument } = call.request;
    // ─── yours, from here …
    const reading = await mast(instrument);
    callback(null, reading);
    // ─── … to here
  };
}
