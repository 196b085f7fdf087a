import { Metadata, type StatusObject, status } from "@grpc/grpc-js";

/**
 * What a handler throws to end its call with a status. A call that fails for its client throws a `CallError` instead.
 *
 * `details` is for people and is sent: say what to do, and never echo input. At most 1,024 bytes of it are sent, as
 * well-formed Unicode. `metadata` holds the trailers. Stay under 4 KiB with both together.
 */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;

  /**
   * @param code one of 1 to 16; if a handler's error has any other, UNKNOWN is sent
   * @param options the trailers, which are empty by default, and the cause, which is not sent
   */
  constructor(
    code: status,
    details: string,
    options: { readonly metadata?: Metadata | undefined; readonly cause?: unknown } = {},
  ) {
    super(`${status[code] ?? code}: ${details}`, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = details;
    this.metadata = options.metadata ?? new Metadata();
  }
}

/** In UTF-8 bytes. Trailers of more than about 8 KB make Python's client answer RESOURCE_EXHAUSTED. */
export const longestDetails = 1024;

/** Sent for an error that was not meant for the wire. Its own text may hold a secret, so only the log gets it. */
const unknownDetails = "the server failed in a way that it does not describe; its log says more";

/** A status to be sent; its metadata can be of another copy of grpc-js. */
export type OutgoingStatus = Pick<StatusObject, "code" | "details"> & { readonly metadata: unknown };

/**
 * The status with which a call ends when its handler fails with `error` (law L8).
 *
 * An error that is meant as a status is sent as it is: a {@link StatusError}, or an object, except a `CallError`, with
 * an integer `code` of 1 to 16 *and* a string `details`, which is the form of grpc-js. Everything else is UNKNOWN with
 * a fixed text. Both properties are required, because many errors have a `code` that is not a status: 'ENOENT' of Node,
 * 20 of an AbortError.
 */
export function statusOf(error: unknown): OutgoingStatus {
  const read = readStatus(error);
  if (!read || read.isOfCall) return { code: status.UNKNOWN, details: unknownDetails, metadata: undefined };
  // grpc-js passes the details through `encodeURI` in an event of the HTTP/2 stream. A lone surrogate throws
  // there, where no code can catch it, and ends the process (fact 16). `cut` replaces it.
  return { code: read.code, details: cut(read.details, longestDetails), metadata: read.metadata };
}

/** Whether a handler means `error` as the status of its own call. A failed call is not meant so: see `CallError`. */
export function isForTheWire(error: unknown): boolean {
  return readStatus(error)?.isOfCall === false;
}

/** Whether `error` has a status: a handler throws it, or a call failed with it. */
export function isStatus(error: unknown): error is { code: status; details: string; metadata?: unknown } {
  return readStatus(error) !== undefined;
}

/** Whether `error` only says that a call is over, which the log does not need after the call is over. */
export function saysThatTheCallIsOver(error: unknown): boolean {
  if (isStatus(error)) return true;
  try {
    const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
    // The latter says that a Readable was destroyed, as the bridge does when the call is over.
    return name === "AbortError" || code === "ERR_STREAM_PREMATURE_CLOSE";
  } catch {
    return false;
  }
}

/** Marks a `CallError`, also a subclass and one of another copy of the bridge. */
export const ofCall = Symbol.for("quartet.call-error");

/** The status in `error`, read only once: a getter may throw, which would leave the client without any status. */
function readStatus(error: unknown) {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    const { code, details, metadata, [ofCall]: isOfCall } = error as { readonly [name: PropertyKey]: unknown };
    if (typeof details !== "string" || !Number.isInteger(code) || Number(code) < 1 || Number(code) > 16)
      return undefined;
    return { code: code as status, details, metadata, isOfCall: isOfCall === true };
  } catch {
    return undefined;
  }
}

/**
 * `text` as well-formed Unicode of at most `mostBytes` bytes in UTF-8. gRPC's percent-encoding makes at most three
 * times as many of them. It is cut between characters, never inside one, because half an emoji cannot be sent.
 */
export function cut(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text.toWellFormed();
  let kept = "";
  for (const character of text.toWellFormed()) {
    if (Buffer.byteLength(kept) + Buffer.byteLength(character) + Buffer.byteLength("…") > mostBytes) break;
    kept += character;
  }
  return `${kept}…`;
}
