import type { MethodDefinition, ServerDuplexStream, ServerReadableStream, sendUnaryData } from "@grpc/grpc-js";
import { type Awaitable, isPromiseLike } from "../stream/awaitable.js";
import { type Outgoing, plain, roomFor, type Writer } from "../stream/encoded.js";
import { mapping } from "../stream/middleware.js";
import { type Incoming, messageReader } from "../stream/receive/incoming.js";
import type { Outlet } from "../stream/send/outlet.js";
import { pump, type Source } from "../stream/send/pump.js";
import type { CallContext } from "./call-context.js";
import { mapIncoming, ServerHooks, type ServerMiddleware, through } from "./middleware.js";
import { ServerCall } from "./server-call.js";

/**
 * Answers a unary call. If it throws a {@link StatusError}, or an object with the `code` and `details` of a status, the
 * call ends with that status. For any other error the status is UNKNOWN, and the log gets the error (law L8).
 */
export type UnaryHandler<Req, Res, Call = CallContext> = (request: Req, call: Call) => Awaitable<Outgoing<Res>>;

/**
 * Returns the source of the responses to a server-streaming call. An iterable is pulled at the reader's pace; an
 * Observable is subscribed, and its messages go through a bounded outbox. A source that is returned after the end of
 * the call is never started. What the handler or the source throws becomes the status, as in a {@link UnaryHandler}.
 */
export type ServerStreamingHandler<Req, Res, Call = CallContext> = (request: Req, call: Call) => Awaitable<Source<Res>>;

/**
 * Reads the requests of a client-streaming call, and returns the response. It may respond before the requests have
 * ended, which refuses the rest of them.
 *
 * A cancel or a lost connection can look like a half-close (fact 2), so a request stream with side effects needs a
 * commit message. What the handler throws becomes the status, as in a {@link UnaryHandler}.
 */
export type ClientStreamingHandler<Req, Res, Call = CallContext> = (
  requests: Incoming<Req>,
  call: Call,
) => Awaitable<Outgoing<Res>>;

/**
 * Reads the requests of a bidirectional call, and returns the source of its responses. The call ends when that source
 * ends, even if requests are still unread. What the handler or the source throws becomes the status, as in a
 * {@link UnaryHandler}.
 */
export type BidirectionalHandler<Req, Res, Call = CallContext> = (
  requests: Incoming<Req>,
  call: Call,
) => Awaitable<Source<Res>>;

export type AnyHandler<Req, Res> =
  | UnaryHandler<Req, Res>
  | ServerStreamingHandler<Req, Res>
  | ClientStreamingHandler<Req, Res>
  | BidirectionalHandler<Req, Res>;

/**
 * The handler for grpc-js. The type of the method decides the type of the handler.
 *
 * @param sendsEncoded whether the handler is registered under a definition that takes {@link Encoded}; the generated
 *   definition takes only plain messages
 */
export function grpcHandler<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: AnyHandler<Req, Res>,
  sendsEncoded: boolean,
  middleware: readonly ServerMiddleware[] = [],
): unknown {
  const { requestStream, responseStream } = method;
  const handle = handler as (input: Req | Incoming<Req>, context: CallContext) => unknown;
  return (
    call: ServerDuplexStream<Req, Outgoing<Res>> & { readonly request: Req },
    callback: sendUnaryData<Outgoing<Res>>,
  ) => {
    const opened = new ServerCall(call, method, sendsEncoded);
    const input = requestStream ? incomingRequests(call, opened) : call.request;
    // A call without middleware must cost nothing extra.
    const hooks = middleware.length > 0 ? new ServerHooks<Req, Res>(call, method) : undefined;

    function answers(fail: Fail): unknown {
      if (hooks === undefined) return handle(input, opened.context);
      return through(middleware, opened, hooks, (context) => {
        const map = hooks.mapRequest;
        if (map === undefined) return handle(input, context);
        return handle(
          requestStream ? mapIncoming(input as Incoming<Req>, map, opened, fail) : map(call.request),
          context,
        );
      });
    }

    if (responseStream) respond<Req, Res>(call, opened, answers as Answers<Source<Res>>, hooks);
    else answer<Req, Res>(opened, callback, answers as Answers<Outgoing<Res>>, hooks);
  };
}

type Fail = (error: unknown) => void;

/** Calls the handler. If a map of its requests throws, `fail` ends the call instead of the handler. */
type Answers<T> = (fail: Fail) => Awaitable<T>;

function answer<Req, Res>(
  opened: ServerCall<Res>,
  callback: sendUnaryData<Outgoing<Res>>,
  answers: Answers<Outgoing<Res>>,
  hooks: ServerHooks<Req, Res> | undefined,
): void {
  function fail(error: unknown): void {
    if (!opened.end()) {
      opened.failedLate(error);
      return;
    }
    const failure = opened.failure(error);
    hooks?.sends(failure);
    callback(failure);
  }

  function succeed(response: Outgoing<Res>): void {
    try {
      // grpc-js would send its own status, and your log would not say why.
      if (response === undefined || response === null) throw new TypeError("the handler returned no response");
      const accepted = opened.accept(hooks?.mapResponse ? hooks.mapResponse(plain(response)) : response);
      if (!opened.end()) return;
      const trailers = hooks?.trailersAfterResponse(opened.trailers) ?? opened.trailers;
      callback(null, opened.sendsEncoded ? accepted : accepted.message, trailers);
    } catch (error) {
      fail(error);
    }
  }

  settle(() => answers(fail), succeed, fail);
}

function respond<Req, Res>(
  call: ServerDuplexStream<Req, Outgoing<Res>>,
  opened: ServerCall<Res>,
  answers: Answers<Source<Res>>,
  hooks: ServerHooks<Req, Res> | undefined,
): void {
  let stop = () => {};

  // Never `destroy`: the client would get no status and wait forever (fact 11).
  function fail(error: unknown): void {
    stop();
    if (!opened.end()) {
      opened.failedLate(error);
      return;
    }
    const failure = opened.failure(error);
    hooks?.sends(failure);
    call.emit("error", failure);
  }

  function stream(source: Source<Res>): void {
    const room = roomFor<Res>(opened.sendsEncoded ? call : withoutEncoded<Res>(call), () => running.drained());
    const outlet: Outlet<Res> = {
      ...mapping(hooks?.mapResponse, {
        accept: opened.accept.bind(opened),
        write(message) {
          opened.headersGo();
          // The first message has sent the headers, so the later ones go straight to the call.
          if (hooks?.mapResponse === undefined) outlet.write = room;
          return room(message);
        },
      }),
      end() {
        if (!opened.end()) return;
        hooks?.sendsOk(opened.trailers);
        call.end(opened.trailers);
      },
      fail,
      failedLate: (error) => opened.failedLate(error),
    };
    const running = pump(source, outlet);
    stop = running.stop;
    opened.onPeerGone(stop);
    // The source is then never started. A Node stream is destroyed nevertheless.
    if (opened.over) stop();
    running.start();
  }

  settle(() => answers(fail), stream, fail);
}

/** Writes plain messages to `call`, because the serializer of the generated definition takes only those. */
function withoutEncoded<Res>(call: Writer<Res, Outgoing<Res>>): Writer<Res> {
  return {
    get writableLength() {
      return call.writableLength;
    },
    on: (event, listener) => call.on(event, listener),
    write: ({ message }, left) => call.write(message, left),
  };
}

/** Passes on the result of `handle` in the same turn, unless it is a promise: a needless `await` costs time. */
function settle<T>(handle: () => Awaitable<T>, proceed: (given: T) => void, fail: (error: unknown) => void): void {
  try {
    const given = handle();
    if (isPromiseLike(given)) Promise.resolve(given).then(proceed).catch(fail);
    else proceed(given);
  } catch (error) {
    fail(error);
  }
}

function incomingRequests<Req>(
  call: ServerReadableStream<Req, unknown>,
  opened: Pick<ServerCall<unknown>, "goneReason" | "onPeerGone">,
): Incoming<Req> {
  const requests = messageReader<Req>(call, call.getPath());
  const close = () => requests.close({ error: opened.goneReason }, false);
  opened.onPeerGone(close);
  // 'cancelled' is emitted after every call. After our own end of the call nothing more can be read either.
  call.on("cancelled", close);
  // 'end' does not prove a half-close (fact 2): a cancel of grpc-js ends the stream first, and resets it later.
  // So the end counts only if no reset arrives within two turns of the event loop (law L11).
  call.on("end", () => {
    setImmediate(() => setImmediate(() => requests.close({}, true)));
  });
  return requests;
}
