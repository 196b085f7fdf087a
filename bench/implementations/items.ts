import type { Batch, Item } from "#gen/quartet/bench/v1/bench.js";

/** Set to measure what a server holds: items that share a payload need no memory, however many wait. */
export const ownPayloads = "QUARTET_BENCH_OWN_PAYLOADS";

/** `count` items that share one payload, unless {@link ownPayloads} is set in the environment. */
export function* items(count: number, payloadBytes: number): Generator<Item, void> {
  const own = process.env[ownPayloads] !== undefined;
  const shared = Buffer.alloc(payloadBytes, "q");
  for (let sequence = 0; sequence < count; sequence += 1) {
    yield { sequence, payload: own ? Buffer.from(shared) : shared };
  }
}

/** The same items in batches of `batchSize`. The last batch has the rest. */
export function* batches(count: number, payloadBytes: number, batchSize: number): Generator<Batch, void> {
  let batch: Item[] = [];
  for (const item of items(count, payloadBytes)) {
    batch.push(item);
    if (batch.length === batchSize) {
      yield { items: batch };
      batch = [];
    }
  }
  if (batch.length > 0) yield { items: batch };
}
