import { promisify } from "node:util";
import {
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import {
  type BatchesClient,
  type BatchesServer,
  BatchesService,
  type BenchClient,
  type BenchServer,
  BenchService,
  type Item,
  type UpResponse,
} from "#gen/quartet/bench/v1/bench.js";
import type { DownSource, Implementation, BenchClient as Work } from "./implementation.js";
import { batches, items } from "./items.js";

/** The services of bench.proto as grpc-js takes them: made by ts-proto, or read at run time. */
interface Contract {
  readonly bench: typeof BenchService;
  readonly batches: typeof BatchesService;
}

/**
 * What everything is compared with: grpc-js and the code that ts-proto generates, with default options, written by
 * somebody who honours 'drain'.
 */
export const bare = grpcJs({ bench: BenchService, batches: BatchesService });

/** grpc-js with any code for the contract. */
export function grpcJs(contract: Contract): Implementation {
  // As ts-proto makes its clients.
  const Bench = makeGenericClientConstructor(contract.bench, "Bench") as unknown as typeof BenchClient;
  const Batches = makeGenericClientConstructor(contract.batches, "Batches") as unknown as typeof BatchesClient;
  return {
    serve(source) {
      const server = new Server();
      server.addService(contract.bench, benchServer(source));
      server.addService(contract.batches, batchesServer);
      return promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
    },
    connect(address) {
      // Clients of one address would otherwise share a connection.
      const options = { "grpc.use_local_subchannel_pool": 1, "grpc.enable_http_proxy": 0 };
      return clientOf(
        new Bench(address, credentials.createInsecure(), options),
        new Batches(address, credentials.createInsecure(), options),
      );
    },
  };
}

function clientOf(bench: BenchClient, batched: BatchesClient): Work {
  return {
    ask: (item) => answerOf((callback) => bench.ask(item, callback)),
    down: (request) => countOf(bench.down(request), () => 1),
    downBatched: (request) => countOf(batched.downBatched(request), (batch) => batch.items.length),
    up: async (source) => (await answerOf<UpResponse>((callback) => writeAll(bench.up(callback), source))).count,
    upBatched: async (source) =>
      (await answerOf<UpResponse>((callback) => writeAll(batched.upBatched(callback), source))).count,
    pingPong: (source) =>
      new Promise((resolve, reject) => {
        const call = bench.pingPong();
        const iterator = source[Symbol.iterator]();
        let returned = 0;
        const serve = () => {
          const { done, value } = iterator.next();
          if (done) call.end();
          else call.write(value);
        };
        call.on("data", () => {
          returned += 1;
          serve();
        });
        call.on("end", () => resolve(returned));
        call.on("error", reject);
        serve();
      }),
    join: (received) => {
      const call = bench.join({});
      const joined = new Promise((resolve, reject) => {
        call.once("data", (welcome: Item) => {
          call.on("data", received);
          resolve(welcome);
        });
        call.on("error", (error: ServiceError) => {
          if (error.code !== status.CANCELLED) reject(error);
        });
      });
      return { joined, leave: () => call.cancel() };
    },
    publisher: () => {
      let call: ClientWritableStream<Item> | undefined;
      const done = answerOf((callback) => {
        call = bench.publish(callback);
      });
      return {
        publish: (item) => call?.write(item),
        end: () => {
          call?.end();
          return done;
        },
      };
    },
    close: () => {
      bench.close();
      batched.close();
    },
  };
}

function benchServer(source: DownSource): BenchServer {
  const members = new Set<ServerWritableStream<unknown, Item>>();
  return {
    ask: (call, callback) => callback(null, call.request),
    down: (call) => {
      const { count, payloadBytes } = call.request;
      if (source === "undrained") {
        for (const item of items(count, payloadBytes)) call.write(item);
        call.end();
      } else {
        writeAll(call, items(count, payloadBytes));
      }
    },
    up: (call, callback) => {
      let count = 0;
      call.on("data", () => {
        count += 1;
      });
      call.on("end", () => callback(null, { count }));
    },
    pingPong: (call) => {
      call.on("data", (item) => call.write(item));
      call.on("end", () => call.end());
    },
    join: (call) => {
      members.add(call);
      call.on("cancelled", () => members.delete(call));
      call.write({ sequence: 0, payload: Buffer.alloc(0) });
    },
    publish: (call, callback) => {
      let count = 0;
      call.on("data", (item: Item) => {
        count += 1;
        for (const member of members) member.write(item);
      });
      call.on("end", () => callback(null, { count }));
    },
  };
}

const batchesServer: BatchesServer = {
  downBatched: (call) => {
    const { count, payloadBytes, batchSize } = call.request;
    writeAll(call, batches(count, payloadBytes, batchSize));
  },
  upBatched: (call, callback) => {
    let count = 0;
    call.on("data", (batch) => {
      count += batch.items.length;
    });
    call.on("end", () => callback(null, { count }));
  },
};

/** What of a call is needed to write to it, on either side. */
interface Writing<T> {
  write(message: T): boolean;
  once(event: "drain", listener: () => void): unknown;
  end(): void;
}

/** Writes at the pace of 'drain', and ends the call. */
export function writeAll<T>(call: Writing<T>, messages: Iterable<T>): void {
  const iterator = messages[Symbol.iterator]();
  const write = () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      if (!call.write(next.value)) {
        call.once("drain", write);
        return;
      }
    }
    call.end();
  };
  write();
}

function answerOf<T>(begin: (callback: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    begin((error, response) => (error ? reject(error) : resolve(response)));
  });
}

function countOf<T>(call: ClientReadableStream<T>, weigh: (message: T) => number): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    call.on("data", (message: T) => {
      count += weigh(message);
    });
    call.on("end", () => resolve(count));
    call.on("error", reject);
  });
}
