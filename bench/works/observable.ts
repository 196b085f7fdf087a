import { serverAlone } from "../measure/subject.js";
import { comparison } from "./comparison.js";

// A call stays within the buffer of a pushed source, 1,024 messages; several at once, so that the server never waits.
const work = { bytes: 34, inFlight: 4, perCall: 1000 };

/** What it costs to be pushed: an Observable against grpc-js's own `write` and 'drain', under the same server options. */
export const observable = comparison({
  name: "observable",
  title: "an Observable against call.write with drain, calls of 1,000 items",
  unit: "items/s",
  baseline: () => serverAlone("bridge", "written", work, "call.write"),
  subject: () => serverAlone("bridge", "observable", work, "Observable"),
  bar: 0.95,
  stretch: 1,
  least: 100_000,
});
