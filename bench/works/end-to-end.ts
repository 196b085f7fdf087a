import { endToEnd, type Work } from "../measure/subject.js";
import { type Comparison, comparison } from "./comparison.js";

/**
 * So many requests on one stream are well past what grpc-js's client takes at once into its retry buffer, 1 MiB (fact 7).
 * A shorter stream is fast with any options, and shows nothing of what a stream costs.
 */
export const pastRetryBuffer = 50_000;

/** The same work on both sides through the bridge and through bare, beside raw node:http2 and the peers. */
function throughAll({ work, ...row }: Omit<Comparison, "baseline" | "subject"> & { readonly work: Work }) {
  return comparison({
    ...row,
    baseline: () => endToEnd("bare", work),
    subject: () => endToEnd("bridge", work),
    beside: () => [endToEnd("http2", work)],
    peers: () => work,
  });
}

/** Unary with everything on: a deadline, the status mapping, a line of log for each call. */
export const unary1 = throughAll({
  name: "unary-1",
  title: "unary calls, one at a time",
  unit: "calls/s",
  work: { work: "unary", inFlight: 1 },
  bar: 0.9,
  today: 0.85,
  stretch: 1,
  least: 1_000,
});

/** The same with a busy server, where whatever a call costs shows. */
export const unary64 = throughAll({
  name: "unary-64",
  title: "unary calls, 64 at a time",
  unit: "calls/s",
  work: { work: "unary", inFlight: 64 },
  bar: 0.9,
  today: 0.8,
  stretch: 1,
  least: 4_000,
});

/** One stream from an async generator, read by a loop: the whole way. */
export const serverStreaming = throughAll({
  name: "server-streaming",
  title: "server streaming from an async generator, end to end",
  unit: "items/s",
  work: { work: "down" },
  bar: 4,
  today: 2.8,
  stretch: 5,
  least: 100_000,
});

/** One stream of requests, counted by the handler. */
export const clientStreaming = throughAll({
  name: "client-streaming",
  title: "client streaming, end to end",
  unit: "items/s",
  work: { work: "up" },
  bar: 4.5,
  stretch: 6,
  least: pastRetryBuffer,
});

/** One message, one answer, the next message: nothing may make a single message wait for company. */
export const pingPong = throughAll({
  name: "ping-pong",
  title: "ping-pong on one stream",
  unit: "items/s",
  work: { work: "pingPong" },
  bar: 0.95,
  today: 0.9,
  stretch: 1,
  least: 5_000,
});
