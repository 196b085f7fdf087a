import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  sendUnaryData,
} from "@grpc/grpc-js";
import { type Encoded, type Outgoing, takingEncoded } from "../stream/encoded.js";
import { type Incoming, messageReader } from "../stream/incoming.js";
import { pump, roomFor, type Source, type Writer } from "../stream/pump.js";
import { type CallContext, ServerCall } from "./server-call.js";

/**
 * One method of a service, ready for grpc-js: `definition` and `handler` go to `addService` under the same name. Under
 * this definition a response is serialized in the moment in which the handler gives it (law L21); under the generated
 * one the handler works too, and grpc-js serializes a response when it sends it.
 */
export interface BridgedMethod<Req, Res, Handler> {
  readonly definition: MethodDefinition<Req, Outgoing<Res>>;
  readonly handler: Handler;
}

/**
 * Answers a unary call. What it throws becomes the status of the call: a {@link StatusError} as it is, everything else
 * UNKNOWN, and for the log (law L8).
 */
export type UnaryHandler<Req, Res> = (request: Req, call: CallContext) => Outgoing<Res> | Promise<Outgoing<Res>>;

/**
 * Answers a server-streaming call with where the responses come from. An iterable is pulled at the reader's pace; an
 * Observable is subscribed, and goes through a bounded outbox. Where the call is over before the source is there, it is
 * never begun. What the handler or the source throws becomes the status, as in a {@link UnaryHandler}.
 */
export type ServerStreamingHandler<Req, Res> = (request: Req, call: CallContext) => Source<Res> | Promise<Source<Res>>;

/**
 * Reads the requests of a client-streaming call and answers. It may answer before the requests have ended: that refuses
 * the rest.
 *
 * The end of the requests says that the client has half-closed; a client that dies in the middle can look the same
 * (fact 2), so a request stream with side effects carries a commit of its own. What it throws becomes the status, as in a
 * {@link UnaryHandler}.
 */
export type ClientStreamingHandler<Req, Res> = (
  requests: Incoming<Req>,
  call: CallContext,
) => Outgoing<Res> | Promise<Outgoing<Res>>;

/**
 * Takes the requests of a bidirectional call, and says where the responses come from. The call is over when those have
 * ended, whether all requests have been read or not. What the handler or the source throws becomes the status, as in a
 * {@link UnaryHandler}.
 */
export type BidirectionalHandler<Req, Res> = (
  requests: Incoming<Req>,
  call: CallContext,
) => Source<Res> | Promise<Source<Res>>;

/** Bridges one unary method: `unary(CalculatorService.squareRoot, ({ value }) => ({ value: Math.sqrt(value) }))`. */
export function unary<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: UnaryHandler<Req, Res>,
): BridgedMethod<Req, Res, handleUnaryCall<Req, Outgoing<Res>>> {
  const bridged = bridgedDefinition(method);
  return {
    definition: bridged.definition,
    handler(call, callback) {
      const opened = new ServerCall(call, method, bridged.isRegistered);
      answer(opened, callback, () => handler(call.request, opened.context));
    },
  };
}

/** Bridges one server-streaming method: `serverStreaming(VitalsService.replay, ({ count }) => rounds(count))`. */
export function serverStreaming<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: ServerStreamingHandler<Req, Res>,
): BridgedMethod<Req, Res, handleServerStreamingCall<Req, Outgoing<Res>>> {
  const bridged = bridgedDefinition(method);
  return {
    definition: bridged.definition,
    handler(call) {
      const opened = new ServerCall(call, method, bridged.isRegistered);
      respond(call, opened, () => handler(call.request, opened.context));
    },
  };
}

/** Bridges one client-streaming method: `clientStreaming(StatisticsService.summarize, async (requests) => …)`. */
export function clientStreaming<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: ClientStreamingHandler<Req, Res>,
): BridgedMethod<Req, Res, handleClientStreamingCall<Req, Outgoing<Res>>> {
  const bridged = bridgedDefinition(method);
  return {
    definition: bridged.definition,
    handler(call, callback) {
      const opened = new ServerCall(call, method, bridged.isRegistered);
      const requests = incomingRequests(call, opened);
      answer(opened, callback, () => handler(requests, opened.context));
    },
  };
}

/** Bridges one bidirectional method: `bidirectional(DialogueService.pingPong, async function* (balls) { … })`. */
export function bidirectional<Req, Res>(
  method: MethodDefinition<Req, Res>,
  handler: BidirectionalHandler<Req, Res>,
): BridgedMethod<Req, Res, handleBidiStreamingCall<Req, Outgoing<Res>>> {
  const bridged = bridgedDefinition(method);
  return {
    definition: bridged.definition,
    handler(call) {
      const opened = new ServerCall(call, method, bridged.isRegistered);
      const requests = incomingRequests(call, opened);
      respond(call, opened, () => handler(requests, opened.context));
    },
  };
}

/** The definition of a method that takes {@link Encoded} responses, and whether a server has taken it. */
function bridgedDefinition<Req, Res>(method: MethodDefinition<Req, Res>) {
  const serialize = takingEncoded(method.responseSerialize);
  let isRegistered = false;
  const definition: MethodDefinition<Req, Outgoing<Res>> = {
    ...method,
    // `addService` reads it, once: so no call pays for the question under which definition its handler was registered.
    get responseSerialize() {
      isRegistered = true;
      return serialize;
    },
  };
  return {
    definition,
    get isRegistered() {
      return isRegistered;
    },
  };
}

function answer<Res>(
  opened: ServerCall<Res>,
  callback: sendUnaryData<Outgoing<Res>>,
  handle: () => Outgoing<Res> | Promise<Outgoing<Res>>,
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
  call: ServerWritableStream<Req, Outgoing<Res>> | ServerDuplexStream<Req, Outgoing<Res>>,
  opened: ServerCall<Res>,
  handle: () => Source<Res> | Promise<Source<Res>>,
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
function now<T>(handle: () => T | Promise<T>, goOn: (given: T) => void, fail: (error: unknown) => void): void {
  try {
    const given = handle();
    if (given instanceof Promise) given.then(goOn).catch(fail);
    else goOn(given);
  } catch (error) {
    fail(error);
  }
}

function incomingRequests<Req>(
  call: ServerReadableStream<Req, unknown> | ServerDuplexStream<Req, unknown>,
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
