import { latency } from "./latency.js";

export const latencyUnary = latency({
  name: "latency-unary",
  title: "latency of unary calls at half of what bare manages",
  full: () => ({ work: { work: "unary", "in-flight": 64 }, messagesPerCount: 1 }),
  steady: "unarySteadily",
  least: 10_000,
});
