import { status } from "@grpc/grpc-js";
import { StatusError } from "../../bridge/index.js";

/**
 * The error of a stream that is meant to end with `code`.
 *
 * @throws what the stream fails with where that is anything else, and an Error where it ends well: the lesson did not happen
 */
export async function failure(code: status, responses: AsyncIterable<unknown>): Promise<StatusError> {
  try {
    for await (const _ of responses);
  } catch (error) {
    if (error instanceof StatusError && error.code === code) return error;
    throw error;
  }
  throw new Error(`the call went well; it was to end ${status[code]}`);
}
