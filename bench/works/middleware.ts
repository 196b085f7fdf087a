import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const call = { work: "unary", inFlight: 64 } as const;
const stream = { work: "down" } as const;

/** What middleware costs a call: two on each side, one of which returns a promise, against none. */
export const middlewareUnary = comparison({
  name: "middleware-unary",
  title: "unary calls with middleware, 64 at a time",
  unit: "calls/s",
  baseline: () => endToEnd("bridge", call),
  subject: () => endToEnd("middleware", call),
  beside: () => [endToEnd("mapped", call)],
  bar: 0.8,
  stretch: 0.9,
  least: 4_000,
});

/** What it costs a message: nothing, unless it is mapped. */
export const middlewareStreaming = comparison({
  name: "middleware-streaming",
  title: "server streaming with middleware",
  unit: "items/s",
  baseline: () => endToEnd("bridge", stream),
  subject: () => endToEnd("middleware", stream),
  beside: () => [endToEnd("mapped", stream)],
  bar: 0.95,
  stretch: 1,
  least: 100_000,
});
