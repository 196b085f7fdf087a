import { Metadata, status } from "@grpc/grpc-js";
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
  RetryInfo,
} from "../gen/google/rpc/error_details.js";
import { Status } from "../gen/google/rpc/status.js";
import { cut, isStatus, StatusError } from "./status-error.js";

/**
 * What a status can say to programs beside its code and text: the messages of `google/rpc/error_details.proto`, at most
 * one of each type.
 * @see https://google.aip.dev/193
 */
export interface ErrorDetails {
  /** Why the call failed, as a constant that a program can branch on. */
  readonly errorInfo?: ErrorInfo | undefined;
  /** How long to wait before the next attempt. */
  readonly retryInfo?: RetryInfo | undefined;
  /** For whoever debugs the server. It does not belong on a public wire. */
  readonly debugInfo?: DebugInfo | undefined;
  /** Which quotas were used up. */
  readonly quotaFailure?: QuotaFailure | undefined;
  /** What has to be true before the same call can succeed. */
  readonly preconditionFailure?: PreconditionFailure | undefined;
  /** Which fields of the request break which rules. */
  readonly badRequest?: BadRequest | undefined;
  /** An identifier of the request that the client can give to those who run the server. */
  readonly requestInfo?: RequestInfo | undefined;
  /** Which resource the call was about. */
  readonly resourceInfo?: ResourceInfo | undefined;
  /** Where to read more. */
  readonly help?: Help | undefined;
  /** A text for the user, in the user's language. */
  readonly localizedMessage?: LocalizedMessage | undefined;
}

/** A message as it is given: a field that is left out has its default value. */
type Init<T> = T extends readonly (infer Item)[]
  ? readonly Init<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]?: Init<T[Field]> | undefined }
    : T;

/** {@link ErrorDetails} as they are given, see {@link statusWithDetails}. */
export type ErrorDetailsInit = Init<ErrorDetails>;

/** How a detail is written and read. */
interface DetailType<T> {
  fromPartial(detail: object): T;
  encode(detail: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

const detailTypes: { readonly [Name in keyof ErrorDetails]-?: DetailType<NonNullable<ErrorDetails[Name]>> } = {
  errorInfo: ErrorInfo,
  retryInfo: RetryInfo,
  debugInfo: DebugInfo,
  quotaFailure: QuotaFailure,
  preconditionFailure: PreconditionFailure,
  badRequest: BadRequest,
  requestInfo: RequestInfo,
  resourceInfo: ResourceInfo,
  help: Help,
  localizedMessage: LocalizedMessage,
};

/** By the URL under which a detail of the type travels. */
const byUrl = new Map(
  Object.entries(detailTypes).map(([name, type]) => [
    `type.googleapis.com/google.rpc.${name.charAt(0).toUpperCase()}${name.slice(1)}`,
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
 * The text goes out twice, percent-encoded and in base64. Keep both small: not every client takes trailers of more than
 * 4 KiB. Nothing is cut here.
 *
 * @param code one of 1 to 16
 */
export function statusWithDetails(code: status, text: string, details: ErrorDetailsInit): StatusError {
  const given: { readonly [name: string]: object | undefined } = details;
  const packed = [...byUrl].flatMap(([typeUrl, { name, type }]) => {
    const detail = given[name];
    if (detail === undefined) return [];
    return [{ typeUrl, value: Buffer.from(type.encode(type.fromPartial(detail)).finish()) }];
  });
  const metadata = new Metadata();
  const message = { code, message: text.toWellFormed(), details: packed };
  metadata.set(statusDetailsKey, Buffer.from(Status.encode(message).finish()));
  return new StatusError(code, text, { metadata });
}

/**
 * The details that an error of a call carries, of whatever code: the first one of each type. It never throws: an error
 * without details has none, and neither a type that is not in {@link ErrorDetails} nor a detail that cannot be read is
 * in the result.
 */
export function detailsOf(error: unknown): ErrorDetails {
  const found: Partial<Record<string, unknown>> = {};
  for (const { typeUrl, value } of packedDetails(error)) {
    const known = byUrl.get(typeUrl);
    if (!known || known.name in found) continue;
    try {
      found[known.name] = known.type.decode(value);
    } catch {
      // What another program wrote wrongly hides none of the other details.
    }
  }
  return found;
}

function packedDetails(error: unknown): Status["details"] {
  if (!isStatus(error) || !(error.metadata instanceof Metadata)) return [];
  try {
    return error.metadata
      .get(statusDetailsKey)
      .flatMap((bytes) => (typeof bytes === "string" ? [] : Status.decode(bytes).details));
  } catch {
    return [];
  }
}

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
