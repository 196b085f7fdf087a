import { status } from "@grpc/grpc-js";
import { CallError } from "quartet-bridge";

/**
 * Returns the error of a call that is meant to end with one of `codes`. It reads a stream to its end.
 *
 * @throws any other error of the call, and an Error if the call succeeds: then the case did not show its lesson
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
