import type { ChannelOptions } from "@grpc/grpc-js";

/**
 * What a client should be made with that sends streams, beside calls of any other type: `new Client(address,
 * credentials, { ...streamingChannelOptions, … })`.
 *
 * grpc-js acknowledges a client's writes up to 1 MiB ahead of HTTP/2, into the buffer from which it would retry, and
 * copies that buffer's backlog at every message. With 4 KiB a writer feels the server's pace, and streams about five
 * times faster (fact 7). With 0 it would be as fast and lose transparent retry too, so that a stream refused by a
 * server that is going away surfaces as UNAVAILABLE. The price: a request that is larger is not retried by the policy of
 * a service config.
 */
export const streamingChannelOptions: ChannelOptions = { "grpc.per_rpc_retry_buffer_size": 4096 };

/**
 * The options for a connection that carries calls of one type. Where a single request goes out there is nothing to be
 * gained: grpc-js's own let it be retried up to 1 MiB. A client with other options opens another connection, so that
 * one client for all types, with {@link streamingChannelOptions}, is usually the better choice.
 */
export const channelOptions = {
  unary: {},
  serverStreaming: {},
  clientStreaming: streamingChannelOptions,
  bidirectional: streamingChannelOptions,
} as const satisfies Readonly<Record<string, ChannelOptions>>;
