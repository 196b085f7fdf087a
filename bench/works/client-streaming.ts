import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";
import { pastRetryBuffer } from "./retry-buffer.js";

const work = { work: "up" } as const;

/** One stream of requests, counted by the handler. */
export const clientStreaming = comparison({
  name: "client-streaming",
  title: "client streaming, end to end",
  unit: "items/s",
  baseline: () => endToEnd("bare", work),
  subject: () => endToEnd("bridge", work),
  beside: () => [endToEnd("http2", work)],
  peers: () => work,
  bar: 4.5,
  stretch: 6,
  least: pastRetryBuffer,
});
