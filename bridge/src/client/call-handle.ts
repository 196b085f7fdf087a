import { Metadata, type StatusObject } from "@grpc/grpc-js";
import type { Incoming } from "../stream/incoming.js";
import { ReportingObservable } from "../stream/reporting-observable.js";
import type { CallOptions } from "./call-options.js";
import type { SingleCall, StreamCall } from "./client-call.js";

/** A call that has begun: what is known of it beside its messages. */
export interface CallHandle {
  /**
   * The response headers. A call that ends without any, because it was refused at once or never reached a server,
   * settles them from its status: they are what came with that (fact 19).
   */
  readonly headers: Promise<Metadata>;
  /**
   * How the call has ended, trailers included; it rejects never. A stream has not ended while more of its messages wait
   * than law L4 lets wait: somebody has to read them, or to cancel.
   */
  readonly status: Promise<StatusObject>;
  /** The address of the server, `host:port`, once the call is on a connection; the client's target before. */
  readonly peer: string;
  /** Ends the call with CANCELLED, unless it has ended. In the turn that made the call too (fact 14). */
  cancel(): void;
  /** Cancels the call, and waits for its status: `await using call = method.start(…)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A call that has begun and answers with one message. */
export interface SingleHandle<Res> extends CallHandle {
  /**
   * Rejects with a `CallError`, or with the very error of the source of the requests or of a callback of the options.
   * Who looks at the status only may leave it alone.
   */
  readonly response: Promise<Res>;
}

/**
 * A call that has begun and answers with a stream. It can be read once: looped over, where leaving the loop cancels the
 * call, or observed, where unsubscribing does. Nothing is lost before; what comes waits within the bounds of law L4. A
 * second reader gets a TypeError, also after the first has left, and does not disturb the first.
 */
export interface StreamHandle<Res> extends CallHandle, Incoming<Res> {}

/** Begins a call, and gives its handle. */
export function beginSingle<Res>(
  begin: (options: CallOptions) => SingleCall<Res>,
  options: CallOptions,
): SingleHandle<Res> {
  const { observed, headers, status } = observe(options);
  const { response, peer, send, cancel } = begin(observed);
  send();
  // The handle tells of a failure in more than one way; an unhandled rejection of one of them must not end the process.
  response.catch(() => {});
  return {
    response,
    headers,
    status,
    cancel,
    get peer() {
      return peer();
    },
    [Symbol.asyncDispose]: () => cancelled(cancel, status),
  };
}

/** Begins a call, and gives its handle. */
export function beginStream<Res>(
  path: string,
  begin: (options: CallOptions) => StreamCall<Res>,
  options: CallOptions,
): StreamHandle<Res> {
  const { observed, headers, status } = observe(options);
  const call = begin(observed);
  call.send();
  let read = false;

  function claim(): void {
    if (read) throw new TypeError("the messages of this call are being read already, or have been");
    read = true;
  }

  return {
    headers,
    status,
    cancel: call.cancel,
    get peer() {
      return call.peer();
    },
    [Symbol.asyncDispose]: () => cancelled(call.cancel, status),
    [Symbol.asyncIterator]: () =>
      leavingCancels(() => {
        claim();
        return { ...call, send() {} };
      }),
    observe: () =>
      new ReportingObservable<Res>(path, (subscriber) => {
        claim();
        call.responses.observe(call.cancel).subscribe(subscriber);
      }),
  };
}

async function cancelled(cancel: () => void, status: Promise<StatusObject>): Promise<void> {
  cancel();
  await status;
}

/** `options` with the two callbacks as promises; those that the caller has set are still called. */
function observe(options: CallOptions) {
  let settleHeaders: (headers: Metadata) => void = () => {};
  let settleStatus: (status: StatusObject) => void = () => {};
  const headers = new Promise<Metadata>((resolve) => {
    settleHeaders = resolve;
  });
  const status = new Promise<StatusObject>((resolve) => {
    settleStatus = resolve;
  });
  const observed: CallOptions = {
    ...options,
    onHeaders(received) {
      settleHeaders(received);
      options.onHeaders?.(received);
    },
    onStatus(ended) {
      settleHeaders(ended.metadata ?? new Metadata());
      settleStatus(ended);
      options.onStatus?.(ended);
    },
  };
  return { observed, headers, status };
}

/** An iterator that begins the call with the first `next` and cancels it when the loop is left (fact 12). */
export function leavingCancels<Res>(begin: () => StreamCall<Res>): AsyncIterableIterator<Res, undefined> {
  let call: StreamCall<Res> | undefined;
  let left = false;

  function leave(): void {
    left = true;
    call?.responses.close({}, false);
    call?.cancel();
  }

  return {
    // Not an async function: that would cost each message two more promises.
    next() {
      if (left) return Promise.resolve({ done: true, value: undefined });
      try {
        if (!call) {
          call = begin();
          // The source of the requests is asked for its first ones in there, and may be what leaves the loop.
          call.send();
        }
        return call.responses.next();
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
