import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { ofCall } from "./status-error.js";

/** What else is known about a call that failed. */
export interface CallErrorOptions {
  /** Why the call failed: the reason of the `AbortSignal` that cancelled it, or the error that prevented it. */
  readonly cause?: unknown;
  /** The lines of a stack trace that lead to the place of the call, instead of those of the constructor. */
  readonly calledAt?: string | undefined;
}

/**
 * A call that failed: a server, or something on the way to it, ended the call. `stack` leads to the place of the call.
 *
 * If it escapes a handler, the handler's own client gets UNKNOWN, and the log gets the error: the text and the trailers
 * of another server are not meant for that client. `passOn` passes them on deliberately.
 */
export class CallError extends Error {
  override readonly name: string = "CallError";
  readonly [ofCall] = true;
  readonly code: status;
  /** The server's text, for people; do not parse it. */
  readonly details: string;
  /** The trailers. */
  readonly metadata: Metadata;
  /** The full path of the method, `/package.Service/Method`; empty if the error is not of one call. */
  readonly path: string;

  constructor(
    path: string,
    { code, details, metadata = new Metadata() }: Pick<StatusObject, "code" | "details"> & { metadata?: Metadata },
    { calledAt, ...options }: CallErrorOptions = {},
  ) {
    const message = `${status[code] ?? code}: ${details}`;
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = details;
    this.metadata = metadata;
    this.path = path;
    if (calledAt) Object.defineProperty(this, "stack", { value: `CallError: ${message}\n${calledAt}` });
  }
}
