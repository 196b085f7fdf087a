import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  sendUnaryData,
} from "@grpc/grpc-js";
import { type Incoming, messageReader } from "./incoming.js";
import { pump, type Source } from "./pump.js";
import { type CallContext, type ServerCall, serverCall } from "./server-call.js";

/**
 * A handler for a unary method from a function that returns the response, or a promise of it. What it throws becomes
 * the status of the call, see {@link statusOf}.
 */
export function unary<Req, Res>(
  handler: (request: Req, call: CallContext) => Res | Promise<Res>,
): handleUnaryCall<Req, Res> {
  return (call, callback) => {
    const opened = serverCall(call);
    void answer(opened, callback, () => handler(call.request, opened.context));
  };
}

/**
 * A handler for a server-streaming method from a function that returns where the responses come from. An iterable is
 * pulled at the reader's pace; an Observable is subscribed, and ends the call RESOURCE_EXHAUSTED for too slow a reader.
 */
export function serverStreaming<Req, Res>(
  handler: (request: Req, call: CallContext) => Source<Res> | Promise<Source<Res>>,
): handleServerStreamingCall<Req, Res> {
  return (call) => {
    const opened = serverCall(call);
    void respond(call, opened, () => handler(call.request, opened.context));
  };
}

/**
 * A handler for a client-streaming method from a function that reads the requests and returns the response. It may
 * return before the requests have ended: that refuses the rest.
 *
 * The end of the requests says that the client has half-closed; a client that dies in the middle can look the same
 * (fact 2), so a request stream with side effects carries a commit of its own.
 */
export function clientStreaming<Req, Res>(
  handler: (requests: Incoming<Req>, call: CallContext) => Res | Promise<Res>,
): handleClientStreamingCall<Req, Res> {
  return (call, callback) => {
    const opened = serverCall(call);
    const requests = incomingRequests(call, opened);
    void answer(opened, callback, () => handler(requests, opened.context));
  };
}

/**
 * A handler for a bidirectional method from a function that takes the requests and returns where the responses come
 * from.
 */
export function bidirectional<Req, Res>(
  handler: (requests: Incoming<Req>, call: CallContext) => Source<Res> | Promise<Source<Res>>,
): handleBidiStreamingCall<Req, Res> {
  return (call) => {
    const opened = serverCall(call);
    const requests = incomingRequests(call, opened);
    void respond(call, opened, () => handler(requests, opened.context));
  };
}

async function answer<Res>(
  opened: ServerCall,
  callback: sendUnaryData<Res>,
  handle: () => Res | Promise<Res>,
): Promise<void> {
  try {
    const response = await handle();
    // grpc-js would answer with a status of its own making, and nobody would learn why.
    if (response === undefined || response === null) throw new TypeError("the handler returned no response");
    if (opened.end()) callback(null, response, opened.context.trailer);
  } catch (error) {
    if (opened.end()) callback(opened.failure(error));
    else opened.failedLate(error);
  }
}

async function respond<Req, Res>(
  call: ServerWritableStream<Req, Res> | ServerDuplexStream<Req, Res>,
  opened: ServerCall,
  handle: () => Source<Res> | Promise<Source<Res>>,
): Promise<void> {
  // Never `destroy`: the client would be left without a status, waiting for ever (fact 11).
  function fail(error: unknown): void {
    if (opened.end()) call.emit("error", opened.failure(error));
    else opened.failedLate(error);
  }

  let source: Source<Res>;
  try {
    source = await handle();
  } catch (error) {
    fail(error);
    return;
  }
  if (opened.over) return;
  const running = pump(source, {
    write(message) {
      opened.headersGo();
      return call.write(message);
    },
    end() {
      if (opened.end()) call.end(opened.context.trailer);
    },
    fail,
    failedLate: opened.failedLate,
  });
  // One listener for the whole call. After a cancel there is no 'drain' any more: what ends the wait then is `stop`.
  call.on("drain", running.drained);
  opened.onPeerGone(running.stop);
}

function incomingRequests<Req, Res>(
  call: ServerReadableStream<Req, Res> | ServerDuplexStream<Req, Res>,
  opened: ServerCall,
): Incoming<Req> {
  const requests = messageReader<Req>(call);
  // 'cancelled' comes after every call. After our own ending there is nothing more to read either.
  call.on("cancelled", () => requests.close({ error: opened.goneReason() }, false));
  // 'end' is no proof of a half-close: grpc-js's own cancel ends the stream first and resets it a moment later
  // (fact 2). Two turns of the event loop let a reset that is on its way be seen before the end is believed (law L11).
  call.on("end", () => {
    setImmediate(() => setImmediate(() => requests.close({}, false)));
  });
  return requests;
}
