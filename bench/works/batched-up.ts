import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";
import { pastRetryBuffer } from "./retry-buffer.js";

/** 5,000 messages. */
const least = 500_000;

const batched = { work: "upBatched", "batch-size": 100 } as const;

const inBatches = (name: string) => ({ ...endToEnd(name, batched, `${name}, batched`), least });

/** The same the other way, where a message costs more. */
export const batchedUp = comparison({
  name: "batched-up",
  title: "client streaming, 100 items in a message, per item",
  unit: "items/s",
  baseline: () => endToEnd("bare", { work: "up" }),
  subject: () => inBatches("bridge"),
  beside: () => [inBatches("bare"), inBatches("http2")],
  bar: 80,
  today: 63,
  stretch: 100,
  least: pastRetryBuffer,
});
