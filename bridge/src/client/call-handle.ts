import { Metadata, type StatusObject } from "@grpc/grpc-js";
import type { Incoming } from "../stream/receive/incoming.js";
import { ReportingObservable } from "../stream/receive/reporting-observable.js";
import type { CallOptions } from "./call-options.js";
import type { SingleCall, StreamCall } from "./client-call.js";

/** A call that has begun: everything that is known about it besides its messages. */
export interface CallHandle {
  /**
   * The response headers. If the call ends without headers, because it was refused at once or never reached a server,
   * this settles with the metadata of its status (fact 19).
   */
  readonly headers: Promise<Metadata>;
  /**
   * How the call ended, including the trailers. It never rejects. A stream does not end while more of its messages wait
   * than law L4 allows to wait, so you must read them, or cancel the call.
   */
  readonly status: Promise<StatusObject>;
  /** The address of the server, `host:port`, once the call is on a connection; before that, the client's target. */
  readonly peer: string;
  /** Ends the call with CANCELLED, unless it has ended. This also works in the turn that made the call (fact 14). */
  cancel(): void;
  /** Cancels the call, and waits for its status: `await using call = method.start(…)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A call that has begun and has one response. */
export interface SingleHandle<Res> extends CallHandle {
  /**
   * Rejects with a `CallError`, or with an unchanged error of your own code: of the source of the requests, a callback
   * of the options or a middleware. You may ignore this promise if you only need the status.
   */
  readonly response: Promise<Res>;
}

/**
 * A call that has begun and has a stream of responses. You can read it once: in a loop, where leaving the loop cancels
 * the call, or with `observe`, where unsubscribing cancels the call. No message is lost before you read: messages wait
 * within the bounds of law L4. A second reader gets a TypeError, also after the first reader has left, and does not
 * disturb the first reader.
 */
export interface StreamHandle<Res> extends CallHandle, Incoming<Res> {}

/** Begins a call and returns its handle. */
export function beginSingle<Res>(
  begin: (options: CallOptions) => SingleCall<Res>,
  options: CallOptions,
): SingleHandle<Res> {
  const { observed, headers, status } = observe(options);
  const { response, peer, send, cancel } = begin(observed);
  send();
  // The handle tells of a failure in several ways. An unhandled rejection of one of them must not end the process.
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

/** Begins a call and returns its handle. */
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

/** `options`, with the headers and the status as promises. The callbacks that the caller set are still called. */
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

/** An iterator whose first `next` begins the call. Leaving the loop cancels the call (fact 12). */
export function leavingCancels<Res>(begin: () => StreamCall<Res>): AsyncIterableIterator<Res, undefined> {
  let call: StreamCall<Res> | undefined;
  let left = false;

  function leave(): void {
    left = true;
    call?.responses.close({}, false);
    call?.cancel();
  }

  return {
    // Not an async function, which would cost two more promises for each message.
    next() {
      if (left) return Promise.resolve({ done: true, value: undefined });
      try {
        if (!call) {
          call = begin();
          // This asks the source of the requests for its first messages, and the source may leave the loop.
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
