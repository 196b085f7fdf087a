import { CallError } from "../errors/call-error.js";
import { StatusError } from "../errors/status-error.js";
import { ofApplication } from "../stream/metadata.js";

/**
 * Ends a handler's call with the status of the call that it made, including the text and the trailers of the other
 * server: `return upstream.squareRoot(request, { deadline, signal }).catch(passOn)`. In a pipe: `catchError(passOn)`.
 * It throws any error but a {@link CallError} as it is.
 */
export function passOn(error: unknown): never {
  if (!(error instanceof CallError)) throw error;
  throw new StatusError(error.code, error.details, { metadata: ofApplication(error.metadata), cause: error });
}
