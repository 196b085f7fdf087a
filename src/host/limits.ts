import type { ChannelOptions } from "@grpc/grpc-js";

const kibibyte = 1024;
const second = 1000;

/**
 * The largest message that a server or a client of ours accepts, in bytes: gRPC's own default, said aloud. A larger one
 * is RESOURCE_EXHAUSTED.
 */
export const maxMessageBytes = 4 * kibibyte * kibibyte;

/** What every server of ours sets. */
export const serverLimits: ChannelOptions = {
  "grpc.max_receive_message_length": maxMessageBytes,
  // Off by default in grpc-js: without it a peer whose machine is gone stays in its chat room for ever. A dead peer is
  // noticed after 40 s. No client strikes a server that pings.
  "grpc.keepalive_time_ms": 30 * second,
  "grpc.keepalive_timeout_ms": 10 * second,
  // Node's default is 2^32 - 1. An open stream may hold a flow-control window (64 KiB) of requests that nobody has read:
  // this bounds them to 128 MiB for a connection. What a server has sent and nobody has read is bounded for each call, by
  // its write window and its outbox. More calls than this wait at the client until one ends.
  "grpc.max_concurrent_streams": 2048,
  // Nobody can read channelz's books in this process, and each connection and message is entered there. Without them
  // `forceShutdown` finds no connection to cut: `Connections` knows its own.
  "grpc.enable_channelz": 0,
};

/** What every client of ours sets, over the bridge's `streamingChannelOptions`. */
export const clientLimits: ChannelOptions = {
  "grpc.max_receive_message_length": maxMessageBytes,
  // Servers in C++ and Go end a connection (GOAWAY, too_many_pings) whose client pings more often than every 5 minutes;
  // 6 minutes is safe with all of them, and grpc-js pings only while a call is open.
  "grpc.keepalive_time_ms": 360 * second,
  "grpc.keepalive_timeout_ms": 20 * second,
};
