import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const work = { work: "down" } as const;

/** One stream from an async generator, read by a loop: the whole way. */
export const serverStreaming = comparison({
  name: "server-streaming",
  title: "server streaming from an async generator, end to end",
  unit: "items/s",
  baseline: () => endToEnd("bare", work),
  subject: () => endToEnd("bridge", work),
  beside: () => [endToEnd("http2", work)],
  peers: () => work,
  bar: 4,
  today: 2.8,
  stretch: 5,
  least: 100_000,
});
