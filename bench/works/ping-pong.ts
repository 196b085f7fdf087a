import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const work = { work: "pingPong" } as const;

/** One message, one answer, the next message: nothing may make a single message wait for company. */
export const pingPong = comparison({
  name: "ping-pong",
  title: "ping-pong on one stream",
  unit: "items/s",
  baseline: () => endToEnd("bare", work),
  subject: () => endToEnd("bridge", work),
  beside: () => [endToEnd("http2", work)],
  peers: () => work,
  bar: 0.95,
  today: 0.9,
  stretch: 1,
  least: 5_000,
});
