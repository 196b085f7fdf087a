import { Metadata, status } from "@grpc/grpc-js";
import type { Duration } from "../gen/google/protobuf/duration.js";
import {
  BadRequest,
  type BadRequest_FieldViolation,
  DebugInfo,
  ErrorInfo,
  Help,
  LocalizedMessage,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo as RetryInfoMessage,
} from "../gen/google/rpc/error_details.js";
import { Status } from "../gen/google/rpc/status.js";
import { cut, isStatus, longestDetails, StatusError } from "./status-error.js";

/** When to try again. */
export interface RetryInfo {
  /** The shortest wait. You may pass `seconds` with a fraction; a received delay has the fraction in `nanos`. */
  readonly retryDelay?: { readonly seconds: number; readonly nanos: number } | undefined;
}

/**
 * What a status can tell programs besides its code and text: the messages of `google/rpc/error_details.proto`, at most
 * one of each type.
 * @see https://google.aip.dev/193
 */
export interface ErrorDetails {
  /** Why the call failed, as a constant that a program can branch on. */
  readonly errorInfo?: ErrorInfo | undefined;
  /** How long to wait before the next attempt. */
  readonly retryInfo?: RetryInfo | undefined;
  /** For debugging. Do not send it to public clients. */
  readonly debugInfo?: DebugInfo | undefined;
  /** Which quotas were used up. */
  readonly quotaFailure?: QuotaFailure | undefined;
  /** What must be true before the same call can succeed. */
  readonly preconditionFailure?: PreconditionFailure | undefined;
  /** Which fields of the request break which rules. */
  readonly badRequest?: BadRequest | undefined;
  /** An identifier of the request that the client can pass to the operator of the server. */
  readonly requestInfo?: RequestInfo | undefined;
  /** Which resource the call was about. */
  readonly resourceInfo?: ResourceInfo | undefined;
  /** Where to read more. */
  readonly help?: Help | undefined;
  /** A text for the user, in the user's language. */
  readonly localizedMessage?: LocalizedMessage | undefined;
}

/** A message to send: an omitted field has its default value. */
type Init<T> = T extends readonly (infer Item)[]
  ? readonly Init<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]?: Init<T[Field]> | undefined }
    : T;

/** {@link ErrorDetails} to send, see {@link statusWithDetails}. */
export type ErrorDetailsInit = Init<ErrorDetails>;

/** How a detail is written and read. */
interface DetailType<T> {
  fromPartial(detail: object): T;
  encode(detail: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

const detailTypes: { readonly [Name in keyof ErrorDetails]-?: DetailType<NonNullable<ErrorDetails[Name]>> } = {
  errorInfo: ErrorInfo,
  retryInfo: {
    fromPartial: (detail) => detail,
    encode: ({ retryDelay }: RetryInfo) =>
      RetryInfoMessage.encode({ retryDelay: retryDelay && durationOf(retryDelay) }),
    decode(bytes) {
      const { retryDelay } = RetryInfoMessage.decode(bytes);
      return { retryDelay: retryDelay && { seconds: Number(retryDelay.seconds), nanos: retryDelay.nanos } };
    },
  },
  debugInfo: DebugInfo,
  quotaFailure: QuotaFailure,
  preconditionFailure: PreconditionFailure,
  badRequest: BadRequest,
  requestInfo: RequestInfo,
  resourceInfo: ResourceInfo,
  help: Help,
  localizedMessage: LocalizedMessage,
};

const nanosPerSecond = 1_000_000_000;

/** @throws RangeError for a delay that is not finite */
function durationOf({ seconds = 0, nanos = 0 }: Init<{ seconds: number; nanos: number }>): Duration {
  const whole = Math.trunc(seconds);
  const rest = Math.round((seconds - whole) * nanosPerSecond + nanos);
  if (!Number.isFinite(rest)) throw new RangeError("retryDelay is not finite: pass finite numbers");
  return { seconds: BigInt(whole + Math.trunc(rest / nanosPerSecond)), nanos: rest % nanosPerSecond };
}

/** By the full name of the type. */
const byTypeName = new Map(
  Object.entries(detailTypes).map(([name, type]) => [
    `google.rpc.${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    { name, type: type as DetailType<unknown> },
  ]),
);

/** The trailer in which every gRPC library carries a `google.rpc.Status` with its details. */
const statusDetailsKey = "grpc-status-details-bin";

/**
 * A status whose details programs can read, in every language:
 *
 *     throw statusWithDetails(status.RESOURCE_EXHAUSTED, "the quota of this hour is used up", {
 *       retryInfo: { retryDelay: { seconds: 60, nanos: 0 } },
 *     });
 *
 * The text is sent twice, percent-encoded and in base64, and cut to 1,024 bytes. Keep the details small too: some
 * clients refuse trailers of more than 4 KiB.
 *
 * @param code one of 1 to 16
 * @throws RangeError for a `retryDelay` that is not finite, and for numbers that their fields cannot hold
 */
export function statusWithDetails(code: status, text: string, details: ErrorDetailsInit): StatusError {
  const given: { readonly [name: string]: object | undefined } = details;
  const packed = [...byTypeName].flatMap(([typeName, { name, type }]) => {
    const detail = given[name];
    if (detail === undefined) return [];
    const value = Buffer.from(type.encode(type.fromPartial(detail)).finish());
    return [{ typeUrl: `type.googleapis.com/${typeName}`, value }];
  });
  const metadata = new Metadata();
  // Cut like the text: Python's client refuses a status whose two texts differ.
  const message = { code, message: cut(text, longestDetails), details: packed };
  metadata.set(statusDetailsKey, Buffer.from(Status.encode(message).finish()));
  return new StatusError(code, text, { metadata });
}

/**
 * The first detail of each type in the error of a call, with any code. It never throws: it omits types that are not in
 * {@link ErrorDetails}, and details that cannot be read.
 */
export function detailsOf(error: unknown): ErrorDetails {
  const found: Partial<Record<string, unknown>> = {};
  for (const { typeUrl, value } of packedDetails(error)) {
    // The type's name follows the last slash; before it is an address where the type may be described.
    const known = byTypeName.get(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
    if (!known || known.name in found) continue;
    try {
      found[known.name] = known.type.decode(value);
    } catch {
      // One detail that is malformed must not hide the others.
    }
  }
  return found;
}

function packedDetails(error: unknown): Status["details"] {
  if (!isStatus(error)) return [];
  try {
    // Not `instanceof`: the metadata may be of another copy of grpc-js.
    const metadata = error.metadata as Partial<Metadata> | undefined;
    const values = metadata?.get?.(statusDetailsKey) ?? [];
    return values.flatMap((bytes) => (typeof bytes === "string" ? [] : Status.decode(bytes).details));
  } catch {
    return [];
  }
}

/**
 * Bounds in UTF-8 bytes. The text is sent twice, percent-encoded and in base64. With these bounds the trailers stay
 * under 4 KiB, which every client accepts.
 */
const mostViolations = 4;
const longestField = 48;
const longestDescription = 120;

/** One field of a request that breaks a rule. */
export interface Violation {
  /** The path of the field in the request, with the names of the contract: `value`, `values[17]`. */
  readonly field: string;
  /** The rule, for people. Do not repeat the value that was sent: it would bring secrets and megabytes into logs. */
  readonly description: string;
}

/**
 * INVALID_ARGUMENT with a `google.rpc.BadRequest` in the trailers, so that people read the sentence and programs read
 * the field: `throw badRequest({ field: "value", description: "must not be negative" })`. Only the first 4 violations
 * are sent, with fields cut to 48 bytes and descriptions to 120.
 */
export function badRequest(...violations: readonly [Violation, ...Violation[]]): StatusError {
  const fieldViolations = violations.slice(0, mostViolations).map(({ field, description }) => ({
    field: cut(field, longestField),
    description: cut(description, longestDescription),
  }));
  const text = fieldViolations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  return statusWithDetails(status.INVALID_ARGUMENT, text, { badRequest: { fieldViolations } });
}

/** The violations of `detailsOf(error).badRequest`; an empty array for an error without any. It never throws. */
export function violationsOf(error: unknown): BadRequest_FieldViolation[] {
  return detailsOf(error).badRequest?.fieldViolations ?? [];
}
