import { serverAlone } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const oneCall = { bytes: 34, inFlight: 1, perCall: Number.MAX_SAFE_INTEGER };

/** What the server manages when nobody keeps it waiting: the client only takes the bytes away. */
export const serverStreamingAlone = comparison({
  name: "server-streaming-alone",
  title: "server streaming from a synchronous iterable, the server alone",
  unit: "items/s",
  baseline: () => serverAlone("bare", "written", oneCall),
  subject: () => serverAlone("bridge", "iterable", oneCall),
  beside: () => [serverAlone("http2", "written", oneCall)],
  bar: 5.5,
  stretch: 7,
  least: 100_000,
});

// A call stays within the buffer of a pushed source, 1,024 messages; several at once, so that the server never waits.
const shortCalls = { bytes: 34, inFlight: 4, perCall: 1000 };

/** What it costs to be pushed: an Observable against grpc-js's own `write` and 'drain', under the same server options. */
export const observable = comparison({
  name: "observable",
  title: "an Observable against call.write with drain, calls of 1,000 items",
  unit: "items/s",
  baseline: () => serverAlone("bridge", "written", shortCalls, "call.write"),
  subject: () => serverAlone("bridge", "observable", shortCalls, "Observable"),
  bar: 0.95,
  stretch: 1,
  least: 100_000,
});
