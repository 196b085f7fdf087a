import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServerDuplexStream,
  ServerReadableStream,
  sendUnaryData,
} from "@grpc/grpc-js";
import { type Outgoing, takingEncoded } from "../stream/encoded.js";
import { type Incoming, messageReader } from "../stream/incoming.js";
import { pump, roomFor, type Source, type Writer } from "../stream/pump.js";
import { type CallContext, ServerCall } from "./server-call.js";

/** A value, or a promise of it: anything with a `then` is awaited. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * One method of a service, ready for grpc-js: `definition` and `handler` go to `addService` under the same name. Only
 * this definition can send what the handler gives, because that is serialized already (law L21).
 */
export interface BridgedMethod<Req, Res, Handler> {
  readonly definition: MethodDefinition<Req, Outgoing<Res>>;
  readonly handler: Handler;
}

/**
 * Answers a unary call. What it throws becomes the status of the call: a {@link StatusError} as it is, everything else
 * UNKNOWN, and for the log (law L8).
 */
export type UnaryHandler<Req, Res> = (request: Req, call: CallContext) => Awaitable<Outgoing<Res>>;

/**
 * Answers a server-streaming call with where the responses come from. An iterable is pulled at the reader's pace; an
 * Observable is subscribed, and goes through a bounded outbox. Where the call is over before the source is there, it is
 * never begun. What the handler or the source throws becomes the status, as in a {@link UnaryHandler}.
 */
export type ServerStreamingHandler<Req, Res> = (request: Req, call: CallContext) => Awaitable<Source<Res>>;

/**
 * Reads the requests of a client-streaming call and answers. It may answer before the requests have ended: that refuses
 * the rest.
 *
 * The end of the requests says that the client has half-closed; a client that dies in the middle can look the same
 * (fact 2), so a request stream with side effects carries a commit of its own. What it throws becomes the status, as in a
 * {@link UnaryHandler}.
 */
export type ClientStreamingHandler<Req, Res> = (requests: Incoming<Req>, call: CallContext) => Awaitable<Outgoing<Res>>;

/**
 * Takes the requests of a bidirectional call, and says where the responses come from. The call is over when those have
 * ended, whether all requests have been read or not. What the handler or the source throws becomes the status, as in a
 * {@link UnaryHandler}.
 */
export type BidirectionalHandler<Req, Res> = (requests: Incoming<Req>, call: CallContext) => Awaitable<Source<Res>>;

/** Bridges one unary method: `unary(CalculatorService.squareRoot, ({ value }) => ({ value: Math.sqrt(value) }))`. */
export function unary<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: UnaryHandler<Req, Res>,
): BridgedMethod<Req, Res, handleUnaryCall<Req, Outgoing<Res>>> {
  return bridged(method, handler);
}

/** Bridges one server-streaming method: `serverStreaming(VitalsService.replay, ({ count }) => rounds(count))`. */
export function serverStreaming<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: ServerStreamingHandler<Req, Res>,
): BridgedMethod<Req, Res, handleServerStreamingCall<Req, Outgoing<Res>>> {
  return bridged(method, handler);
}

/** Bridges one client-streaming method: `clientStreaming(StatisticsService.summarize, async (requests) => …)`. */
export function clientStreaming<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: ClientStreamingHandler<Req, Res>,
): BridgedMethod<Req, Res, handleClientStreamingCall<Req, Outgoing<Res>>> {
  return bridged(method, handler);
}

/** Bridges one bidirectional method: `bidirectional(DialogueService.pingPong, async function* (balls) { … })`. */
export function bidirectional<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: BidirectionalHandler<Req, Res>,
): BridgedMethod<Req, Res, handleBidiStreamingCall<Req, Outgoing<Res>>> {
  return bridged(method, handler);
}

/** A method whose definition takes responses that are {@link Encoded}, and the handler that sends them. */
function bridged<Req, Res, Handle>(
  method: MethodDefinition<Req, Res>,
  handler: AnyHandler<Req, Res>,
): BridgedMethod<Req, Res, Handle> {
  // The type of the method says of which of grpc-js's four types its handler is.
  return { definition: sendingEncoded(method), handler: grpcHandler(method, handler, true) as Handle };
}

/** The definition under which a handler can send {@link Encoded}. */
export function sendingEncoded<Req, Res>(method: MethodDefinition<Req, Res>): MethodDefinition<Req, Outgoing<Res>> {
  return { ...method, responseSerialize: takingEncoded(method.responseSerialize) };
}

/** A handler of any of the four types. */
export type AnyHandler<Req, Res> =
  | UnaryHandler<Req, Res>
  | ServerStreamingHandler<Req, Res>
  | ClientStreamingHandler<Req, Res>
  | BidirectionalHandler<Req, Res>;

/**
 * The handler for grpc-js, of the type that the method says.
 *
 * @param sendsEncoded whether it is registered under a definition that takes {@link Encoded}; the generated one takes
 *   plain messages alone
 */
export function grpcHandler<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: AnyHandler<Req, Res>,
  sendsEncoded: boolean,
): unknown {
  const { requestStream, responseStream } = method;
  const handle = handler as (input: Req | Incoming<Req>, context: CallContext) => unknown;
  return (
    call: ServerDuplexStream<Req, Outgoing<Res>> & { readonly request: Req },
    callback: sendUnaryData<Outgoing<Res>>,
  ) => {
    const opened = new ServerCall(call, method, sendsEncoded);
    const input = requestStream ? incomingRequests(call, opened) : call.request;
    const answers = () => handle(input, opened.context);
    if (responseStream) respond<Req, Res>(call, opened, answers as () => Awaitable<Source<Res>>);
    else answer<Res>(opened, callback, answers as () => Awaitable<Outgoing<Res>>);
  };
}

function answer<Res>(
  opened: ServerCall<Res>,
  callback: sendUnaryData<Outgoing<Res>>,
  handle: () => Awaitable<Outgoing<Res>>,
): void {
  function fail(error: unknown): void {
    if (opened.end()) callback(opened.failure(error));
    else opened.failedLate(error);
  }

  function succeed(response: Outgoing<Res>): void {
    try {
      // grpc-js would answer with a status of its own making, and nobody would learn why.
      if (response === undefined || response === null) throw new TypeError("the handler returned no response");
      const accepted = opened.accept(response);
      if (opened.end()) callback(null, opened.sendsEncoded ? accepted : accepted.message, opened.trailers);
    } catch (error) {
      fail(error);
    }
  }

  now(handle, succeed, fail);
}

function respond<Req, Res>(
  call: ServerDuplexStream<Req, Outgoing<Res>>,
  opened: ServerCall<Res>,
  handle: () => Awaitable<Source<Res>>,
): void {
  // Never `destroy`: the client would be left without a status, waiting for ever (fact 11).
  function fail(error: unknown): void {
    if (opened.end()) call.emit("error", opened.failure(error));
    else opened.failedLate(error);
  }

  function stream(source: Source<Res>): void {
    if (opened.over) return;
    const room = roomFor<Res>(opened.sendsEncoded ? call : plainly<Res>(call), () => running.drained());
    const running = pump(source, {
      accept: (message) => opened.accept(message),
      write(message) {
        opened.headersGo();
        return room(message);
      },
      end() {
        if (opened.end()) call.end(opened.trailers);
      },
      fail,
      failedLate: (error) => opened.failedLate(error),
    });
    opened.onPeerGone(running.stop);
    running.start();
  }

  now(handle, stream, fail);
}

/** `call`, registered under the generated definition, whose serializer knows messages alone. */
function plainly<Res>(call: Writer<Res, Outgoing<Res>>): Writer<Res> {
  return {
    get writableLength() {
      return call.writableLength;
    },
    on: (event, listener) => call.on(event, listener),
    write: ({ message }, left) => call.write(message, left),
  };
}

/** Goes on in the same turn with what `handle` gives, unless that is a promise: to wait for what is there costs time. */
function now<T>(handle: () => Awaitable<T>, goOn: (given: T) => void, fail: (error: unknown) => void): void {
  try {
    const given = handle();
    if (isPromiseLike(given)) Promise.resolve(given).then(goOn).catch(fail);
    else goOn(given);
  } catch (error) {
    fail(error);
  }
}

/** Not `instanceof`: a query of a database is awaited too, and so is a promise of another realm, as a test runner makes. */
function isPromiseLike<T>(given: Awaitable<T>): given is PromiseLike<T> {
  return typeof (given as Partial<PromiseLike<T>> | null | undefined)?.then === "function";
}

function incomingRequests<Req>(
  call: ServerReadableStream<Req, unknown>,
  opened: Pick<ServerCall<unknown>, "goneReason">,
): Incoming<Req> {
  const requests = messageReader<Req>(call);
  // 'cancelled' comes after every call. After our own ending there is nothing more to read either.
  call.on("cancelled", () => requests.close({ error: opened.goneReason }, false));
  // 'end' is no proof of a half-close: grpc-js's own cancel ends the stream first and resets it a moment later
  // (fact 2). Two turns of the event loop let a reset that is on its way be seen before the end is believed (law L11).
  call.on("end", () => {
    setImmediate(() => setImmediate(() => requests.close({}, true)));
  });
  return requests;
}
