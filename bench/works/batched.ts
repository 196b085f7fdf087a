import { endToEnd, type Subject } from "../measure/subject.js";
import { comparison } from "./comparison.js";
import { pastRetryBuffer } from "./end-to-end.js";

function inBatches(name: string, work: "downBatched" | "upBatched"): Subject {
  // At least 5,000 messages.
  return { ...endToEnd(name, { work, batchSize: 100 }, `${name}, batched`), least: 500_000 };
}

/** Batches of a hundred items against bare with one item per message: what the protocol gains, per item. */
export const batchedDown = comparison({
  name: "batched-down",
  title: "server streaming, 100 items in a message, per item",
  unit: "items/s",
  baseline: () => endToEnd("bare", { work: "down" }),
  subject: () => inBatches("bridge", "downBatched"),
  beside: () => [inBatches("bare", "downBatched"), inBatches("http2", "downBatched")],
  bar: 15,
  today: 10,
  stretch: 18,
  least: 100_000,
});

/** The same the other way, where a message costs more. */
export const batchedUp = comparison({
  name: "batched-up",
  title: "client streaming, 100 items in a message, per item",
  unit: "items/s",
  baseline: () => endToEnd("bare", { work: "up" }),
  subject: () => inBatches("bridge", "upBatched"),
  beside: () => [inBatches("bare", "upBatched"), inBatches("http2", "upBatched")],
  bar: 80,
  today: 63,
  stretch: 100,
  least: pastRetryBuffer,
});
