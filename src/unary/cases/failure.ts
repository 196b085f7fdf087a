import { status } from "@grpc/grpc-js";
import { StatusError } from "../../bridge/index.js";

/**
 * The error of a call that is meant to end with `code`.
 *
 * @throws what the call fails with where that is anything else, and an Error where it goes well: the lesson did not happen
 */
export async function failure(code: status, call: Promise<unknown>): Promise<StatusError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof StatusError && error.code === code) return error;
    throw error;
  }
  throw new Error(`the call went well; it was to end ${status[code]}`);
}
