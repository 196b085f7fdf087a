export type { BackOff } from "./client/back-off.js";
export type { CallHandle, SingleHandle, StreamHandle } from "./client/call-handle.js";
export type { CallOptions } from "./client/call-options.js";
export { type Caller, caller } from "./client/caller.js";
export { channelOptions, streamingChannelOptions } from "./client/channel-options.js";
export { type ResumingOptions, type Retry, resuming } from "./client/resuming.js";
export { badRequest, type Violation, violationsOf } from "./errors/bad-request.js";
export { errorInfo, errorInfoOf } from "./errors/error-info.js";
export { onStalledPeer, type StalledPeer } from "./errors/stalled-peer.js";
export { StatusError } from "./errors/status-error.js";
export { onUnexpectedError, type UnexpectedError } from "./errors/unexpected-error.js";
export type { HubGauges } from "./hub/fan-out.js";
export { Hub, type HubEntrance, type HubOptions, type Membership, NotRemembered } from "./hub/hub.js";
export type { Packing } from "./hub/packing.js";
export { DirectCall, type PassingStatus } from "./server/direct-call.js";
export { type BridgedService, type Handler, implement } from "./server/implement.js";
export {
  type BidirectionalHandler,
  type BridgedMethod,
  bidirectional,
  type ClientStreamingHandler,
  clientStreaming,
  type ServerStreamingHandler,
  serverStreaming,
  type UnaryHandler,
  unary,
} from "./server/server.js";
export type { CallContext, MetadataEntries } from "./server/server-call.js";
export { defaultWriteWindow, streamingServerOptions, type WriteWindow } from "./server/write-window.js";
export { aborted } from "./stream/aborted.js";
export { Encoded, encoder, type Outgoing } from "./stream/encoded.js";
export type { Incoming } from "./stream/incoming.js";
export { type MapOnDemandOptions, mapOnDemand } from "./stream/map-on-demand.js";
export {
  type Buffered,
  buffered,
  coalesce,
  type FailWhenFullOptions,
  failWhenFull,
  type OverflowCounters,
  type OverflowPolicy,
} from "./stream/overflow.js";
export type { Source } from "./stream/pump.js";
