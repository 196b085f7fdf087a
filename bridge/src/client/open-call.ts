import { setMaxListeners } from "node:events";
import {
  Client,
  connectivityState,
  type CallOptions as GrpcCallOptions,
  Metadata,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { CallError } from "../errors/call-error.js";
import { isStatus } from "../errors/status-error.js";
import { metadataFrom, sendable } from "../stream/metadata.js";
import { type CallOptions, deadlineFrom } from "./call-options.js";
import { checkedCredentials, nearestInterceptor } from "./nearest-interceptor.js";

/** What the four types of calls of a grpc-js client have in common. */
interface GrpcClientCall {
  cancel(): void;
  getPeer(): string;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "metadata", listener: (headers: Metadata) => void): unknown;
  on(event: "status", listener: (ended: StatusObject) => void): unknown;
}

/** What is told how a call ends. */
export interface CallListener {
  /** The call is over, with an error unless its status was OK. Called once. */
  ended(error: CallError | undefined): void;
  /** A callback of the caller threw. Its error is the outcome, and the call is cancelled. */
  failed(error: unknown): void;
}

/** Makes the call. `noteFailure` takes the error of a call with one response, whose stack has the place of the call. */
export type MakeCall<Call> = (
  metadata: Metadata,
  options: GrpcCallOptions,
  noteFailure: (error: Error) => void,
) => Call;

/** A call that has begun, or that failed to begin. */
export interface OpenCall<Call> {
  /** Undefined if no call was made. The listener has then been told how the call ended. */
  readonly call: Call | undefined;
  /** The address of the server, once the call is on a connection; before that, the client's target. */
  peer(): string;
  /** Ends the call with CANCELLED, unless it has ended. */
  cancel(): void;
  over(): boolean;
  /** Ends a call whose outcome grpc-js told before anything could listen. */
  end(ended: StatusObject): void;
}

/**
 * Makes a call and follows it to its end. If the code that begins the call throws, `listener` is told the error as the
 * end of the call, and no call survives.
 *
 * @throws RangeError for an invalid deadline, TypeError for a signal that is not an AbortSignal; no call is made
 */
export function openCall<Call extends GrpcClientCall>(
  client: Client,
  path: string,
  options: CallOptions,
  listener: CallListener,
  make: MakeCall<Call>,
): OpenCall<Call> {
  const { signal } = options;
  if (signal !== undefined && typeof signal.addEventListener !== "function") {
    throw new TypeError("the signal of a call is an AbortSignal: pass `controller.signal`");
  }
  const deadline = deadlineFrom(options);
  const nearest = options.interceptors && nearestInterceptor();
  let call: Call | undefined;
  let over = false;
  let cancelled = false;
  let calledAt: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  function cancel(): void {
    cancelled = true;
    // A cancel in the turn that made the call never reaches the server, where the handler would continue (fact 14).
    process.nextTick(() => {
      if (over) return;
      call?.cancel();
      endUnlessTold({ code: status.CANCELLED, details: "Cancelled on client", metadata: new Metadata() });
    });
  }

  /** Ends the call if grpc-js does not: it ends no call while an interceptor still starts the call. */
  function endUnlessTold(ended: StatusObject): void {
    setImmediate(() => end(ended));
  }

  /** An error of the caller's callback must not reach grpc-js: it would end the process, and leave the call running. */
  function tell<T>(callback: ((what: T) => void) | undefined, what: T): void {
    try {
      callback?.(what);
    } catch (error) {
      listener.failed(error);
      cancel();
    }
  }

  function noteFailure(error: Error): void {
    calledAt = placeIn(error);
  }

  /** An 'error' that is not a status comes from an interceptor, which threw when the stream was written to. */
  function failed(error: Error): void {
    noteFailure(error);
    if ("details" in error) return;
    listener.failed(error);
    cancel();
  }

  /** The status of grpc-js, corrected where it is known to be wrong. */
  function corrected(ended: StatusObject): StatusObject {
    // grpc-js gives neither a code nor a text if it cannot decompress a response (fact 35).
    if (ended.code === undefined) {
      return { ...ended, code: status.INTERNAL, details: ended.details ?? "a response could not be decompressed" };
    }
    if (status[ended.code] === undefined) return { ...ended, code: status.UNKNOWN };
    if (ended.code !== status.CANCELLED || cancelled || deadline === undefined || Date.now() < deadline) return ended;
    // A server may notice the deadline first, and reset the stream.
    return {
      ...ended,
      code: status.DEADLINE_EXCEEDED,
      details: "the deadline passed, and the server reset the stream",
    };
  }

  function end(ended: StatusObject, why: { readonly cause?: unknown } = {}): void {
    if (over) return;
    over = true;
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
    const told = corrected(ended);
    tell(options.onStatus, told);
    const cause = cancelled && signal?.aborted ? { cause: signal.reason } : why;
    listener.ended(told.code === status.OK ? undefined : new CallError(path, told, { ...cause, calledAt }));
  }

  function fail(code: status, details: string, cause: unknown): void {
    end({ code, details, metadata: new Metadata() }, { cause });
  }

  function begin(): void {
    if (signal?.aborted) {
      cancelled = true;
      fail(status.CANCELLED, "the signal had aborted before the call: no call was made", signal.reason);
      return;
    }
    const { credentials, interceptors = [] } = options;
    const metadata = sendable(metadataFrom(options.metadata), "request metadata");
    const grpcOptions: GrpcCallOptions = {};
    if (deadline !== undefined) grpcOptions.deadline = deadline;
    if (credentials) grpcOptions.credentials = checkedCredentials(credentials, metadata);
    if (nearest) grpcOptions.interceptors = [...interceptors, nearest.interceptor];
    const made = make(metadata, grpcOptions, noteFailure);
    call = made;
    // The outcome comes with 'status'. But without a listener for 'error', a cancelled call ends the process (fact 13).
    made.on("error", failed);
    const { onHeaders } = options;
    if (onHeaders) made.on("metadata", (headers) => tell(onHeaders, headers));
    made.on("status", (ended) => end(ended));
    if (nearest && deadline !== undefined) {
      // grpc-js's own timer fires first, if the call has begun.
      timer = setTimeout(() => {
        made.cancel();
        endUnlessTold({ code: status.DEADLINE_EXCEEDED, details: "Deadline exceeded", metadata: new Metadata() });
      }, deadline - Date.now());
    }
    if (!signal) return;
    // One listener per call in progress: from the eleventh on, Node would warn of a leak. A signal of a polyfill is not
    // an EventTarget of Node.
    if (signal instanceof EventTarget) setMaxListeners(0, signal);
    signal.addEventListener("abort", cancel, { once: true });
    // An interceptor or a serializer may have aborted the signal while the call was made.
    if (signal.aborted) cancel();
  }

  // grpc-js keeps the place of the call in a stack trace of ten lines, which the lines of the bridge would fill.
  const { stackTraceLimit } = Error;
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit + 15);
  try {
    begin();
  } catch (error) {
    nearest?.abandon();
    if (call) {
      listener.failed(error);
      cancel();
    } else if (isStatus(error)) fail(error.code, error.details, error);
    else if (isClosed(client)) fail(status.CANCELLED, "the client is closed: no call was made", error);
    else if (client instanceof Client) fail(status.INTERNAL, "the call could not be made; the cause says why", error);
    else
      fail(status.INTERNAL, "the client is of another copy of @grpc/grpc-js; `npm ls @grpc/grpc-js` shows both", error);
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
  return { call, cancel, end, over: () => over, peer: () => call?.getPeer() ?? client.getChannel().getTarget() };
}

function isClosed(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) === connectivityState.SHUTDOWN;
}

/** The lines of grpc-js's stack trace that lead to the place of the call; undefined if there are none. */
function placeIn(error: Error): string | undefined {
  return error.stack?.split("\nfor call at\n")[1];
}
