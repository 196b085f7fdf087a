import { endToEnd, type Subject, serverAlone, serverOf, type Work, withRawClients } from "../measure/subject.js";
import { peerServers } from "../peers.js";
import { type Comparison, comparison } from "./comparison.js";
import { type BenchWork, members, type Scale } from "./work.js";

/**
 * This many requests on one stream far exceed grpc-js's retry buffer of 1 MiB, which takes them at once (fact 7). A
 * shorter stream is fast with any options, and does not show what a stream costs.
 */
const pastRetryBuffer = 50_000;

/** The same work on both sides through the bridge and through bare, and also through node:http2 and the peers. */
function throughAll({ work, ...row }: Omit<Comparison, "baseline" | "subject"> & { readonly work: Work }) {
  return comparison({
    ...row,
    baseline: () => endToEnd("bare", work),
    subject: () => endToEnd("bridge", work),
    beside: () => [endToEnd("http2", work)],
    peers: () => work,
  });
}

const oneCall = { bytes: 34, inFlight: 1, perCall: Number.MAX_SAFE_INTEGER };

// A call fits the buffer of a pushed source, 1,024 messages. There are several at once, so that the server never waits.
const shortCalls = { bytes: 34, inFlight: 4, perCall: 1000 };

function inBatches(name: string, work: "downBatched" | "upBatched"): Subject {
  return { ...endToEnd(name, { work, batchSize: 100 }, `${name}, batched`), least: 500_000 };
}

/** A room whose members share some connections. */
interface Room extends Omit<Comparison, "unit" | "baseline" | "subject"> {
  readonly members: number;
  readonly connections: number;
}

/** Every published message goes to all members: what the server manages. */
function fanOut({ members: most, connections, ...row }: Room): BenchWork {
  const work = (scale: Scale): Work => ({
    work: "fanOut",
    members: members(most, scale),
    connections: Math.min(connections, members(most, scale)),
  });
  const before = (server: string, scale: Scale) =>
    withRawClients({ name: server, server: serverOf(server) }, work(scale));
  return comparison({
    ...row,
    unit: "deliveries/s",
    baseline: (scale) => before("bare", scale),
    subject: (scale) => before("bridge", scale),
    beside: (scale) => [before("http2", scale), ...peerServers().map((peer) => withRawClients(peer, work(scale)))],
  });
}

const call = { work: "unary", inFlight: 64 } as const;
const stream = { work: "down" } as const;

/** Works per second, in the order of the table. */
export const throughputs: readonly BenchWork[] = [
  // Unary with everything on: a deadline, the status mapping, a log line for each call.
  throughAll({
    name: "unary-1",
    title: "unary calls, one at a time",
    unit: "calls/s",
    work: { work: "unary", inFlight: 1 },
    bar: 0.9,
    today: 0.85,
    stretch: 1,
    least: 1_000,
  }),
  // The same with a busy server, where all costs of a call show.
  throughAll({
    name: "unary-64",
    title: "unary calls, 64 at a time",
    unit: "calls/s",
    work: { work: "unary", inFlight: 64 },
    bar: 0.9,
    today: 0.8,
    stretch: 1,
    least: 4_000,
  }),
  // One stream from an async generator, read by a loop: the whole path.
  throughAll({
    name: "server-streaming",
    title: "server streaming from an async generator, end to end",
    unit: "items/s",
    work: { work: "down" },
    bar: 4,
    today: 2.8,
    stretch: 5,
    least: 100_000,
  }),
  // What the server manages if it never waits: the client only reads the bytes.
  comparison({
    name: "server-streaming-alone",
    title: "server streaming from a synchronous iterable, the server alone",
    unit: "items/s",
    baseline: () => serverAlone("bare", "written", oneCall),
    subject: () => serverAlone("bridge", "iterable", oneCall),
    beside: () => [serverAlone("http2", "written", oneCall)],
    bar: 5.5,
    stretch: 7,
    least: 100_000,
  }),
  // One stream of requests, counted by the handler.
  throughAll({
    name: "client-streaming",
    title: "client streaming, end to end",
    unit: "items/s",
    work: { work: "up" },
    bar: 4.5,
    stretch: 6,
    least: pastRetryBuffer,
  }),
  // Batches of a hundred items against bare with one item per message: what batches gain, per item.
  comparison({
    name: "batched-down",
    title: "server streaming, 100 items in a message, per item",
    unit: "items/s",
    baseline: () => endToEnd("bare", { work: "down" }),
    subject: () => inBatches("bridge", "downBatched"),
    beside: () => [inBatches("bare", "downBatched"), inBatches("http2", "downBatched")],
    bar: 15,
    today: 10,
    stretch: 18,
    least: 100_000,
  }),
  // The same for requests, whose messages cost more.
  comparison({
    name: "batched-up",
    title: "client streaming, 100 items in a message, per item",
    unit: "items/s",
    baseline: () => endToEnd("bare", { work: "up" }),
    subject: () => inBatches("bridge", "upBatched"),
    beside: () => [inBatches("bare", "upBatched"), inBatches("http2", "upBatched")],
    bar: 80,
    today: 63,
    stretch: 100,
    least: pastRetryBuffer,
  }),
  // A chat room whose 500 members share one connection, as through a proxy.
  fanOut({
    name: "fan-out-1-connection",
    title: "fan-out to 500 members on one connection",
    members: 500,
    connections: 1,
    bar: 2.4,
    today: 1.3,
    stretch: 3.5,
    least: 200,
  }),
  // A chat room of 100 members, each on its own connection.
  fanOut({
    name: "fan-out-100-connections",
    title: "fan-out to 100 members on 100 connections",
    members: 100,
    connections: 100,
    bar: 3.5,
    stretch: 4.4,
    least: 500,
  }),
  // One message, one answer, the next message: no layer may delay a message to send it together with others.
  throughAll({
    name: "ping-pong",
    title: "ping-pong on one stream",
    unit: "items/s",
    work: { work: "pingPong" },
    bar: 0.95,
    today: 0.9,
    stretch: 1,
    least: 5_000,
  }),
  // The cost of being pushed: an Observable against grpc-js's `write` and 'drain', with the same server options.
  comparison({
    name: "observable",
    title: "an Observable against call.write with drain, calls of 1,000 items",
    unit: "items/s",
    baseline: () => serverAlone("bridge", "written", shortCalls, "call.write"),
    subject: () => serverAlone("bridge", "observable", shortCalls, "Observable"),
    bar: 0.95,
    stretch: 1,
    least: 100_000,
  }),
  // The cost of middleware per call: two on each side, one of which returns a promise, against none.
  comparison({
    name: "middleware-unary",
    title: "unary calls with middleware, 64 at a time",
    unit: "calls/s",
    baseline: () => endToEnd("bridge", call),
    subject: () => endToEnd("middleware", call),
    beside: () => [endToEnd("mapped", call)],
    bar: 0.8,
    stretch: 0.9,
    least: 4_000,
  }),
  // The cost of middleware per message, which is nothing unless it maps the message.
  comparison({
    name: "middleware-streaming",
    title: "server streaming with middleware",
    unit: "items/s",
    baseline: () => endToEnd("bridge", stream),
    subject: () => endToEnd("middleware", stream),
    beside: () => [endToEnd("mapped", stream)],
    bar: 0.95,
    stretch: 1,
    least: 100_000,
  }),
];
