import { setMaxListeners } from "node:events";
import type { CallOptions as GrpcCallOptions, Metadata, StatusObject } from "@grpc/grpc-js";
import { longestTimerMs } from "../stream/overflow.js";

/** What may be said about one call beside its messages. */
export interface CallOptions {
  /** The request headers. */
  readonly metadata?: Metadata;
  /**
   * The moment until which the whole call may last; pass on the one of the call that you are serving. None unless told.
   * One that is more than 24.8 days away is sent as none; an invalid one is a RangeError, and no call is made.
   */
  readonly deadline?: Date | undefined;
  /**
   * Milliseconds from the begin of each call until its deadline; 0 or less has passed. With `deadline` too, the earlier
   * one counts. NaN is a RangeError.
   */
  readonly timeoutMs?: number;
  /**
   * Cancels the call when it aborts. The call fails with CANCELLED then, not with the signal's reason. The listener is
   * taken off when the call ends.
   */
  readonly signal?: AbortSignal;
  /**
   * Called with the response headers, when they come. A call that fails at once has none. What it throws ends the call.
   */
  readonly onHeaders?: (headers: Metadata) => void;
  /** Called with the status, trailers included, just before the outcome is seen; what it throws is then the outcome. */
  readonly onStatus?: (status: StatusObject) => void;
}

/**
 * The moment, in milliseconds since 1970, until which a call that begins now may last: the earlier of the two, if both
 * are given. One that is more than 24.8 days away is as good as none, and cannot be sent: a grpc-js server reads it as one that has passed.
 *
 * @throws RangeError for NaN and an invalid Date, which would end the process in a promise of grpc-js that nobody
 * holds.
 */
function deadlineFrom(deadline: Date | undefined, timeoutMs: number | undefined): number | undefined {
  const now = Date.now();
  const left = Math.min(
    deadline === undefined ? Number.POSITIVE_INFINITY : deadline.getTime() - now,
    timeoutMs ?? Number.POSITIVE_INFINITY,
  );
  if (Number.isNaN(left)) throw new RangeError("the deadline of the call is not a moment");
  return left > longestTimerMs ? undefined : Math.max(now + left, 0);
}

/** The part of the options that grpc-js takes. */
export function grpcOptions({ deadline, timeoutMs }: CallOptions): GrpcCallOptions {
  const moment = deadlineFrom(deadline, timeoutMs);
  return moment === undefined ? {} : { deadline: moment };
}

/** What the four kinds of calls of a grpc-js client have in common. */
interface GrpcClientCall {
  cancel(): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "metadata", listener: (headers: Metadata) => void): unknown;
  on(event: "status", listener: (ended: StatusObject) => void): unknown;
}

/**
 * Watches over a call that has just begun, and returns the function that cancels it unless it is over. `failed` gets
 * what a callback of `options` throws, as the outcome of the call.
 */
export function follow(
  call: GrpcClientCall,
  options: CallOptions,
  failed: (error: unknown) => void,
  onOver: (ended: StatusObject) => void,
): () => void {
  let over = false;

  function cancel(): void {
    // A cancel in the turn that made the call never reaches the server, whose handler would live on (fact 14).
    process.nextTick(() => {
      if (!over) call.cancel();
    });
  }

  /**
   * Thrown on into grpc-js, an error of the caller's own code would end the process, and nobody would close the call.
   */
  function tell<T>(callback: ((what: T) => void) | undefined, what: T): void {
    try {
      callback?.(what);
    } catch (error) {
      failed(error);
      cancel();
    }
  }

  // The outcome comes by 'status'. Without a listener for 'error' as well, a cancelled call ends the process (fact 13).
  call.on("error", () => {});
  call.on("metadata", (headers) => tell(options.onHeaders, headers));
  call.on("status", (ended) => {
    over = true;
    options.signal?.removeEventListener("abort", cancel);
    tell(options.onStatus, ended);
    onOver(ended);
  });
  if (options.signal?.aborted) cancel();
  else if (options.signal) {
    // One listener for each call that is under way: from the eleventh on Node would warn of a leak that is none.
    setMaxListeners(0, options.signal);
    options.signal.addEventListener("abort", cancel, { once: true });
  }
  return cancel;
}
