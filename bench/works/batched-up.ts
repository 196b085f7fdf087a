import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";
import { pastRetryBuffer } from "./retry-buffer.js";

const batched = { work: "upBatched", "batch-size": 100 } as const;

/** The same the other way, where a message costs more. */
export const batchedUp = comparison({
  name: "batched-up",
  title: "client streaming, 100 items in a message, per item",
  unit: "items/s",
  baseline: () => endToEnd("bare", { work: "up" }),
  subject: () => endToEnd("bridge", batched, "bridge, batched"),
  beside: () => [endToEnd("bare", batched, "bare, batched"), endToEnd("http2", batched, "http2, batched")],
  bar: 80,
  stretch: 100,
  least: pastRetryBuffer,
});
