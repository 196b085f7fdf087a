import type { status } from "@grpc/grpc-js";
import { ErrorInfo } from "../gen/google/rpc/error_details.js";
import { detailsOf, statusWithDetail } from "./status-details.js";
import type { StatusError } from "./status-error.js";

const errorInfoType = { name: "google.rpc.ErrorInfo", encode: ErrorInfo.encode, decode: ErrorInfo.decode };

/** Why a call has failed, for programs. */
export interface Reason {
  /** In UPPER_SNAKE_CASE, one of those that the contract of the method names. */
  readonly reason: string;
  /** Whose reasons these are, such as the name of the product: another's reason may have the same word. */
  readonly domain: string;
  /** What else is known of this case: a few short values, never what was sent. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * A status with a `google.rpc.ErrorInfo` in the trailers, for a code that alone does not say what to do: people read
 * the text, programs read the reason. Reason and metadata are not cut: with the text, which goes out twice, they are to
 * stay under the 4 KiB of trailers that every language's client takes.
 *
 * @param code one of 1 to 16
 * @see https://google.aip.dev/193
 */
export function errorInfo(code: status, details: string, { reason, domain, metadata = {} }: Reason): StatusError {
  return statusWithDetail(code, details, errorInfoType, { reason, domain, metadata });
}

/**
 * The first ErrorInfo that an error of a call carries, of whatever code; undefined for any other error, and for details
 * that cannot be read. It never throws.
 */
export function errorInfoOf(error: unknown): ErrorInfo | undefined {
  return detailsOf(error, errorInfoType)[0];
}
