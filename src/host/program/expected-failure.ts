import { status } from "@grpc/grpc-js";
import { CallError } from "quartet-bridge";

/**
 * The error of a call that is meant to end with one of `codes`; a stream is read to its end.
 *
 * @throws what the call fails with where that is anything else, and an Error where it goes well: either way the lesson
 *   of the case did not happen
 */
export async function failure(
  codes: status | readonly status[],
  call: Promise<unknown> | AsyncIterable<unknown>,
): Promise<CallError> {
  const meant = [codes].flat();
  try {
    if (Symbol.asyncIterator in call) for await (const _message of call);
    else await call;
  } catch (error) {
    if (error instanceof CallError && meant.includes(error.code)) return error;
    throw error;
  }
  throw new Error(`the call went well; it was to end ${meant.map((code) => status[code]).join(" or ")}`);
}
