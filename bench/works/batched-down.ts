import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";

/** 5,000 messages. */
const least = 500_000;

const batched = { work: "downBatched", "batch-size": 100 } as const;

const inBatches = (name: string) => ({ ...endToEnd(name, batched, `${name}, batched`), least });

/** Batches of a hundred items against bare with one item per message: what the protocol gains, per item. */
export const batchedDown = comparison({
  name: "batched-down",
  title: "server streaming, 100 items in a message, per item",
  unit: "items/s",
  baseline: () => endToEnd("bare", { work: "down" }),
  subject: () => inBatches("bridge"),
  beside: () => [inBatches("bare"), inBatches("http2")],
  bar: 15,
  today: 10,
  stretch: 18,
  least: 100_000,
});
