export { aborted } from "./aborted.js";
export type { BackOff } from "./back-off.js";
export { badRequest, type Violation, violationsOf } from "./bad-request.js";
export type { CallHandle, SingleHandle, StreamHandle } from "./call-handle.js";
export type { CallOptions } from "./call-options.js";
export { type Caller, caller } from "./caller.js";
export { channelOptions, streamingChannelOptions } from "./channel-options.js";
export { DirectCall, type PassingStatus } from "./direct-call.js";
export { Encoded, encoder, type Outgoing } from "./encoded.js";
export { errorInfo, errorInfoOf } from "./error-info.js";
export type { HubGauges } from "./fan-out.js";
export { Hub, type HubEntrance, type HubOptions, type Membership, NotRemembered } from "./hub.js";
export { type BridgedService, type Handler, implement } from "./implement.js";
export type { Incoming } from "./incoming.js";
export { type MapOnDemandOptions, mapOnDemand } from "./map-on-demand.js";
export {
  type Buffered,
  buffered,
  coalesce,
  type FailWhenFullOptions,
  failWhenFull,
  type OverflowCounters,
  type OverflowPolicy,
} from "./overflow.js";
export type { Packing } from "./packing.js";
export type { Source } from "./pump.js";
export { type ResumingOptions, type Retry, resuming } from "./resuming.js";
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
} from "./server.js";
export type { CallContext, MetadataEntries } from "./server-call.js";
export { onStalledPeer, type StalledPeer } from "./stalled-peer.js";
export { StatusError } from "./status-error.js";
export { onUnexpectedError, type UnexpectedError } from "./unexpected-error.js";
export { defaultWriteWindow, streamingServerOptions, type WriteWindow } from "./write-window.js";
