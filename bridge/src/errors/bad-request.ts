import { status } from "@grpc/grpc-js";
import { BadRequest, type BadRequest_FieldViolation } from "../gen/google/rpc/error_details.js";
import { cut } from "./cut.js";
import { detailsOf, statusWithDetail } from "./status-details.js";
import type { StatusError } from "./status-error.js";

const badRequestType = { name: "google.rpc.BadRequest", encode: BadRequest.encode, decode: BadRequest.decode };

/**
 * Bounds in UTF-8 bytes. All of it goes out twice, as text and as details, percent-encoded and in base64: at these the
 * trailers stay under the 4 KiB that every language's client takes.
 */
const mostViolations = 4;
const longestField = 48;
const longestDescription = 120;

/** One field of a request that breaks a rule. */
export interface Violation {
  /** The path of the field in the request, as the contract names it: `value`, `values[17]`. */
  readonly field: string;
  /** The rule, for people. It never repeats what was sent: an echo is how secrets and megabytes get into logs. */
  readonly description: string;
}

/**
 * INVALID_ARGUMENT with a `google.rpc.BadRequest` in the trailers, so that people read the sentence and programs read
 * the field: `throw badRequest({ field: "value", description: "must not be negative" })`. Only the first 4 violations
 * go out, each cut to 48 bytes of field and 120 of description.
 * @see https://google.aip.dev/193
 */
export function badRequest(...violations: readonly [Violation, ...Violation[]]): StatusError {
  const fieldViolations = violations.slice(0, mostViolations).map(({ field, description }) => ({
    field: cut(field, longestField),
    description: cut(description, longestDescription),
  }));
  const details = fieldViolations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  return statusWithDetail(status.INVALID_ARGUMENT, details, badRequestType, BadRequest.create({ fieldViolations }));
}

/**
 * The violations that an error of a call carries, of whatever code; an empty array for any other error, and for details
 * that cannot be read. It never throws.
 */
export function violationsOf(error: unknown): BadRequest_FieldViolation[] {
  return detailsOf(error, badRequestType).flatMap(({ fieldViolations }) => fieldViolations);
}
