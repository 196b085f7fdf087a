import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
} from "@grpc/grpc-js";
import { type Outgoing, takingEncoded } from "../stream/encoded.js";
import {
  type AnyHandler,
  type BidirectionalHandler,
  type ClientStreamingHandler,
  grpcHandler,
  type ServerStreamingHandler,
  type UnaryHandler,
} from "./handler.js";

/**
 * One method of a service, ready for grpc-js: pass `definition` and `handler` to `addService` under the same name. The
 * handler sends responses that are already serialized (law L21), and only this definition can send those.
 */
export interface BridgedMethod<Req, Res, Handler> {
  readonly definition: MethodDefinition<Req, Outgoing<Res>>;
  readonly handler: Handler;
}

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
  // The type of the method decides which of grpc-js's four handler types it is.
  return { definition: sendingEncoded(method), handler: grpcHandler(method, handler, true) as Handle };
}

/** The definition under which a handler can send {@link Encoded}. */
export function sendingEncoded<Req, Res>(method: MethodDefinition<Req, Res>): MethodDefinition<Req, Outgoing<Res>> {
  return { ...method, responseSerialize: takingEncoded(method.responseSerialize) };
}
