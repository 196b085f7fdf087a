import type { ChannelOptions } from "@grpc/grpc-js";

const kibibyte = 1024;
const second = 1000;

/**
 * The largest message that the suite's servers and clients accept, in bytes. It is gRPC's own default, written down
 * here. A larger message is RESOURCE_EXHAUSTED.
 */
export const maxMessageBytes = 4 * kibibyte * kibibyte;

/** The options of every server of the suite. */
export const serverLimits: ChannelOptions = {
  "grpc.max_receive_message_length": maxMessageBytes,
  // Off by default in grpc-js. Without it, a client whose machine is gone stays in its chat room forever. The server
  // notices a dead peer after 40 s. No client takes these pings for abuse.
  "grpc.keepalive_time_ms": 30 * second,
  "grpc.keepalive_timeout_ms": 10 * second,
  // Node's default is 2^32 - 1. An open stream may hold a flow-control window (64 KiB) of unread requests, so this
  // bounds them to 128 MiB per connection. Unread responses are bounded per call, by the write window and the outbox.
  // Further calls wait at the client until one ends.
  "grpc.max_concurrent_streams": 2048,
  // No one can read channelz in this process, but grpc-js would record each connection and message in it.
  // `forceShutdown` then finds no connection to cut, so `Connections` keeps its own list.
  "grpc.enable_channelz": 0,
};

/** The options of every client of the suite, besides the bridge's `streamingChannelOptions`. */
export const clientLimits: ChannelOptions = {
  "grpc.max_receive_message_length": maxMessageBytes,
  // Servers in C++ and Go close a connection (GOAWAY, too_many_pings) if the client pings more often than every 5
  // minutes. 6 minutes is safe with all of them. grpc-js pings only while a call is open.
  "grpc.keepalive_time_ms": 360 * second,
  "grpc.keepalive_timeout_ms": 20 * second,
};
