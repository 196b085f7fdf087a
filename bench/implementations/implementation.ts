import type { Batch, DownBatchedRequest, DownRequest, Item } from "#gen/quartet/bench/v1/bench.js";

/** How a server's `Down` makes its items: the same messages, from different kinds of sources. */
export const downSources = ["written", "undrained", "generator", "iterable", "observable"] as const;
export type DownSource = (typeof downSources)[number];

/** A member of a fan-out. */
export interface Member {
  /** Settles when the server has admitted the member. */
  readonly joined: Promise<unknown>;
  leave(): void;
}

/** The sending side of a fan-out. */
export interface Publisher {
  publish(item: Item): void;
  end(): Promise<unknown>;
}

/**
 * The client side of an implementation, on one connection. Each method is written as a user of the library would write
 * it. The promises settle when the call is over, and reject unless its status is OK.
 */
export interface BenchClient {
  ask(item: Item): Promise<unknown>;
  /** @returns how many items arrived */
  down(request: DownRequest): Promise<number>;
  /** @returns how many items arrived, over all batches */
  downBatched(request: DownBatchedRequest): Promise<number>;
  /** @returns how many items the server counted */
  up(items: Iterable<Item>): Promise<number>;
  /** @returns how many items the server counted, over all batches */
  upBatched(batches: Iterable<Batch>): Promise<number>;
  /** Sends each item when the one before has come back. @returns how many items came back */
  pingPong(items: Iterable<Item>): Promise<number>;
  join(received: (item: Item) => void): Member;
  publisher(): Publisher;
  close(): void;
}

/** A server that listens. A peer cannot be closed: it ends with its process. */
export interface Serving {
  readonly port: number;
  close?(): unknown;
}

/** One way to implement bench.proto. */
export interface Implementation {
  /**
   * Serves Bench, and Batches if it has them, on a free port of 127.0.0.1.
   *
   * @param log the file of its log, if it has one; by default stderr
   */
  serve(source: DownSource, log?: string): Promise<Serving>;
  /** Each client has its own connection. */
  connect(address: string): BenchClient;
}
