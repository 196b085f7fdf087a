export { type BackOff, fullJitter, type Waits } from "./client/back-off.js";
export type { CallHandle, SingleHandle, StreamHandle } from "./client/call-handle.js";
export type { CallOptions } from "./client/call-options.js";
export { type Caller, type CallerOptions, caller, streamingChannelOptions } from "./client/caller.js";
export type { ClientContext, ClientMiddleware } from "./client/middleware.js";
export { type ResumingOptions, type Retry, resuming } from "./client/resuming.js";
export { CallError } from "./errors/call-error.js";
export {
  badRequest,
  detailsOf,
  type ErrorDetails,
  type ErrorDetailsInit,
  statusWithDetails,
  type Violation,
  violationsOf,
} from "./errors/details.js";
export { onStalledPeer, onUnexpectedError, type StalledPeer, type UnexpectedError } from "./errors/diagnostics.js";
export { StatusError } from "./errors/status-error.js";
export type { CallContext } from "./server/call-context.js";
export { DirectCall, type PassingStatus } from "./server/direct-call.js";
export type {
  BidirectionalHandler,
  ClientStreamingHandler,
  ServerStreamingHandler,
  UnaryHandler,
} from "./server/handler.js";
export { type BridgedService, type Handler, type Handlers, implement } from "./server/implement.js";
export type { ServerMiddleware } from "./server/middleware.js";
export { passOn } from "./server/pass-on.js";
export {
  type BridgedMethod,
  bidirectional,
  clientStreaming,
  serverStreaming,
  unary,
} from "./server/server.js";
export { defaultWriteWindow, streamingServerOptions, type WriteWindow } from "./server/write-window.js";
export { aborted } from "./stream/aborted.js";
export type { ProtoLoaderService } from "./stream/definition.js";
export { Encoded, encoder, type Outgoing } from "./stream/encoded.js";
export type { MetadataEntries } from "./stream/metadata.js";
export type { CallHooks } from "./stream/middleware.js";
export type { Incoming, Messages } from "./stream/receive/incoming.js";
export { type MapOnDemandOptions, mapOnDemand } from "./stream/receive/map-on-demand.js";
export {
  type Buffered,
  buffered,
  type Outbox,
  type OverflowCounters,
  type OverflowPolicy,
  ReaderTooSlow,
} from "./stream/send/overflow.js";
export * from "./stream/send/overflow-policies.js";
export type { Source } from "./stream/send/pump.js";
