import type { ServerWritableStream } from "@grpc/grpc-js";
import { destination, pino } from "pino";
import {
  type BridgedService,
  type CallContext,
  type CallHooks,
  type ClientContext,
  type ClientMiddleware,
  caller,
  type Encoded,
  encoder,
  implement,
  type ServerMiddleware,
  type Source,
  serverStreaming,
} from "quartet-bridge";
import { Hub } from "quartet-bridge/hub";
import { from, Subject } from "rxjs";
import { BatchesService, BenchService, type DownRequest, type Item } from "#gen/quartet/bench/v1/bench.js";
import { connect, type HostedService, handwritten, host } from "../../src/host/index.js";
import { writeAll } from "./bare.js";
import type { DownSource, Implementation } from "./implementation.js";
import { batches, items } from "./items.js";

/** The deadline of a call, in milliseconds: the bench turns on everything that a careful caller sets. */
const timeoutMs = 60_000;

const counts = new Map<string, number>();

/**
 * The suite: `host` serves with its limits and its log, and `connect` calls with a deadline for each call. Only this
 * file of the bench knows the bridge.
 */
export const bridge = withMiddleware([], []);

/** The middleware of most services: it counts the calls by their status and signs in. It sees no messages. */
export const middleware = withMiddleware([countCalls, authenticate], [countCalls, signIn]);

/** A middleware on both sides that maps every message in both directions. */
export const mapped = withMiddleware([mapMessages], [mapMessages]);

function countCalls({ path }: { readonly path: string }, { onStatus }: CallHooks): void {
  onStatus(({ code }) => {
    const key = `${path} ${code}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
}

async function authenticate(call: CallContext) {
  return call.with({ user: String(call.metadata.get("authorization")[0]) });
}

async function signIn({ metadata }: ClientContext): Promise<void> {
  metadata.set("authorization", "Bearer of this bench");
}

function mapMessages(_call: object, { mapRequests, mapResponses }: CallHooks): void {
  mapRequests((request) => request);
  mapResponses((response) => response);
}

function withMiddleware(
  serverList: readonly ServerMiddleware[],
  clientList: readonly ClientMiddleware[],
): Implementation {
  return {
    async serve(source) {
      const log = pino(destination({ fd: 2, sync: true }));
      const { port } = await host([bench(source, serverList), batched()], { log }).listen();
      return port;
    },

    connect(address) {
      const client = connect(address, { channelOptions: { "grpc.use_local_subchannel_pool": 1 } });
      const calls = caller(BenchService, client, { middleware: clientList });
      const batchedCalls = caller(BatchesService, client);
      return {
        ask: (item) => calls.ask(item, { timeoutMs }),
        async down(request) {
          let count = 0;
          for await (const _ of calls.down(request, { timeoutMs })) count += 1;
          return count;
        },
        async downBatched(request) {
          let count = 0;
          for await (const batch of batchedCalls.downBatched(request, { timeoutMs })) count += batch.items.length;
          return count;
        },
        up: async (source) => (await calls.up(source, { timeoutMs })).count,
        upBatched: async (source) => (await batchedCalls.upBatched(source, { timeoutMs })).count,
        async pingPong(source) {
          const iterator = source[Symbol.iterator]();
          const balls$ = new Subject<Item>();
          const serve = () => {
            const { done, value } = iterator.next();
            if (done) balls$.complete();
            else balls$.next(value);
          };
          const balls = calls.pingPong(balls$, { timeoutMs })[Symbol.asyncIterator]();
          let returned = 0;
          // The call begins with the first `next`, and a message that a Subject emits earlier is lost.
          let next = balls.next();
          for (serve(); !(await next).done; serve()) {
            returned += 1;
            next = balls.next();
          }
          return returned;
        },
        join(received) {
          const leaving = new AbortController();
          const joined = new Promise((resolve, reject) => {
            let welcomed = false;
            calls.join.observe({}, { signal: leaving.signal }).subscribe({
              next(item) {
                if (welcomed) received(item);
                else resolve(item);
                welcomed = true;
              },
              error: (error) => {
                if (!leaving.signal.aborted) reject(error);
              },
            });
          });
          return { joined, leave: () => leaving.abort() };
        },
        publisher() {
          const published$ = new Subject<Item>();
          const done = calls.publish(published$);
          return {
            publish: (item) => published$.next(item),
            end: () => {
              published$.complete();
              return done;
            },
          };
        },
        close: () => client.close(),
      };
    },
  };
}

function bench(source: DownSource, list: readonly ServerMiddleware[]): HostedService {
  const hub = new Hub<Item>({ encode: encoder(BenchService.join) });
  const first: Item = { sequence: 0, payload: Buffer.alloc(0) };
  const bridged = implement(BenchService, list, {
    ask: (request) => request,
    down: (request) => sourceOf(request, source),
    async up(requests) {
      let count = 0;
      for await (const _ of requests) count += 1;
      return { count };
    },
    pingPong: (requests) => requests,
    join: () => hub.join({ first }),
    async publish(requests) {
      let count = 0;
      for await (const item of requests) {
        count += 1;
        hub.publish(item);
      }
      return { count };
    },
  });
  if (source !== "written") return bridged;
  // The bridge's definition of the method takes the messages of `write`, which are serialized already.
  const { definition: down } = serverStreaming(BenchService.down, () => []);
  return handwritten({ ...BenchService, down }, { ...bridged.implementation, down: write });
}

/** The same items from each kind of source. */
function sourceOf({ count, payloadBytes }: DownRequest, source: DownSource): Source<Item> {
  if (source === "iterable") return items(count, payloadBytes);
  if (source === "observable") return from(items(count, payloadBytes));
  return generated(items(count, payloadBytes));
}

async function* generated<T>(messages: Iterable<T>): AsyncGenerator<T, void> {
  for (const message of messages) yield message;
}

/**
 * The baseline of an Observable: a handler of grpc-js on the same server. Its messages are serialized already, as those
 * of the bridge are; otherwise the write window would not take them.
 */
function write(call: ServerWritableStream<DownRequest, Encoded<Item>>): void {
  const { count, payloadBytes } = call.request;
  writeAll(call, encodedItems(count, payloadBytes));
}

function* encodedItems(count: number, payloadBytes: number): Generator<Encoded<Item>, void> {
  const encode = encoder(BenchService.down);
  for (const item of items(count, payloadBytes)) yield encode(item);
}

function batched(): BridgedService {
  return implement(BatchesService, {
    downBatched: ({ count, payloadBytes, batchSize }) => generated(batches(count, payloadBytes, batchSize)),
    async upBatched(requests) {
      let count = 0;
      for await (const batch of requests) count += batch.items.length;
      return { count };
    },
  });
}
