import {
  type Batch,
  BatchesService,
  BenchService,
  type DownBatchedRequest,
  type DownRequest,
  type Item,
} from "#gen/quartet/bench/v1/bench.js";

/** The methods of both services. A client of ours has them on one connection. */
export const methods = { ...BenchService, ...BatchesService };

/** Set to measure what a server holds: items that share a payload need no memory, however many wait. */
export const ownPayloads = "QUARTET_BENCH_OWN_PAYLOADS";

/** The first item for a member, which tells it that it has joined. */
export const welcome: Item = { sequence: 0, payload: Buffer.alloc(0) };

/** `count` items that share one payload, unless {@link ownPayloads} is set in the environment. */
export function* items({ count, payloadBytes }: DownRequest): Generator<Item, void> {
  const own = process.env[ownPayloads] !== undefined;
  const shared = Buffer.alloc(payloadBytes, "q");
  for (let sequence = 0; sequence < count; sequence += 1) {
    yield { sequence, payload: own ? Buffer.from(shared) : shared };
  }
}

/** The same items in batches of `batchSize`. The last batch has the rest. */
export function* batches({ batchSize, ...request }: DownBatchedRequest): Generator<Batch, void> {
  let batch: Item[] = [];
  for (const item of items(request)) {
    batch.push(item);
    if (batch.length === batchSize) {
      yield { items: batch };
      batch = [];
    }
  }
  if (batch.length > 0) yield { items: batch };
}

/** How many items a message is, for those who count items: one, or those of the batch. */
export const one = () => 1;
export const sizeOf = ({ items }: Batch) => items.length;
