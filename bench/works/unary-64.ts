import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const work = { work: "unary", "in-flight": 64 } as const;

/** The same with a busy server, where whatever a call costs shows. */
export const unary64 = comparison({
  name: "unary-64",
  title: "unary calls, 64 at a time",
  unit: "calls/s",
  baseline: () => endToEnd("bare", work),
  subject: () => endToEnd("bridge", work),
  beside: () => [endToEnd("http2", work)],
  peers: () => work,
  bar: 0.9,
  today: 0.8,
  stretch: 1,
  least: 4_000,
});
