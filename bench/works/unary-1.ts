import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const work = { work: "unary", "in-flight": 1 } as const;

/** Unary with everything on: a deadline, the status mapping, a line of log for each call. */
export const unary1 = comparison({
  name: "unary-1",
  title: "unary calls, one at a time",
  unit: "calls/s",
  baseline: () => endToEnd("bare", work),
  subject: () => endToEnd("bridge", work),
  beside: () => [endToEnd("http2", work)],
  peers: () => work,
  bar: 0.9,
  today: 0.85,
  stretch: 1,
  least: 1_000,
});
