import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const batched = { work: "downBatched", "batch-size": 100 } as const;

/** Batches of a hundred items against bare with one item per message: what the protocol gains, per item. */
export const batchedDown = comparison({
  name: "batched-down",
  title: "server streaming, 100 items in a message, per item",
  unit: "items/s",
  baseline: () => endToEnd("bare", { work: "down" }),
  subject: () => endToEnd("bridge", batched, "bridge, batched"),
  beside: () => [endToEnd("bare", batched, "bare, batched"), endToEnd("http2", batched, "http2, batched")],
  bar: 15,
  stretch: 18,
  least: 5_000,
});
