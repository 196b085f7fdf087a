export { type Caller, caller } from "./caller.js";
export { streamingChannelOptions } from "./channel-options.js";
export type { CallOptions } from "./client-call.js";
export type { Incoming } from "./incoming.js";
export type { Source } from "./pump.js";
export { bidirectional, clientStreaming, serverStreaming, unary } from "./server.js";
export type { CallContext } from "./server-call.js";
export { StatusError } from "./status-error.js";
export { onUnexpectedError, type UnexpectedError } from "./unexpected-error.js";
