import type { Batch, DownBatchedRequest, DownRequest, Item } from "#gen/quartet/bench/v1/bench.js";

/** How a server's `Down` makes its items: the same messages, from another kind of source. */
export const downSources = ["written", "undrained", "generator", "iterable", "observable"] as const;
export type DownSource = (typeof downSources)[number];

/** A member of a fan-out. */
export interface Member {
  /** Settles when the server has said that the member is in. */
  readonly joined: Promise<unknown>;
  leave(): void;
}

/** The sending side of a fan-out. */
export interface Publisher {
  publish(item: Item): void;
  end(): Promise<unknown>;
}

/**
 * The client side of an implementation, on one connection, each method as a user of the library would write it. The
 * promises settle when the call is over, and reject when it has not ended with OK.
 */
export interface BenchClient {
  ask(item: Item): Promise<unknown>;
  /** @returns how many items came */
  down(request: DownRequest): Promise<number>;
  /** @returns how many items came, over all batches */
  downBatched(request: DownBatchedRequest): Promise<number>;
  /** @returns how many items the server has counted */
  up(items: Iterable<Item>): Promise<number>;
  /** @returns how many items the server has counted, over all batches */
  upBatched(batches: Iterable<Batch>): Promise<number>;
  /**
   * Sends an item, waits for it to come back, and so on.
   * @returns how many items came back
   */
  pingPong(items: Iterable<Item>): Promise<number>;
  join(received: (item: Item) => void): Member;
  publisher(): Publisher;
  close(): void;
}

/** One way to do the work of bench.proto. */
export interface Implementation {
  /** Serves Bench on a free port of 127.0.0.1 for as long as the process lives, and Batches where it has them. */
  serve(source: DownSource): Promise<number>;
  /** Each client has a connection of its own. */
  connect(address: string): BenchClient;
}
