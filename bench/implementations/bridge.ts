import type { ServerWritableStream } from "@grpc/grpc-js";
import { destination, pino } from "pino";
import {
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
import type { DownRequest, Item } from "#gen/quartet/bench/v1/bench.js";
import { connect, type HostedService, handwritten, host } from "../../src/host/index.js";
import type { DownSource, Implementation } from "./implementation.js";
import { batches, items, methods, one, sizeOf, welcome } from "./items.js";
import { oneByOne, writeAll } from "./sending.js";

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
    async serve(source, log) {
      const hosting = host([served(source, serverList)], { log: pino(destination({ dest: log ?? 2, sync: true })) });
      const { port } = await hosting.listen();
      return { port, close: () => hosting.force() };
    },

    connect(address) {
      const client = connect(address, { channelOptions: { "grpc.use_local_subchannel_pool": 1 } });
      const calls = caller(methods, client, { middleware: clientList });
      return {
        ask: (item) => calls.ask(item, { timeoutMs }),
        down: (request) => sum(calls.down(request, { timeoutMs }), one),
        downBatched: (request) => sum(calls.downBatched(request, { timeoutMs }), sizeOf),
        up: async (source) => (await calls.up(source, { timeoutMs })).count,
        upBatched: async (source) => (await calls.upBatched(source, { timeoutMs })).count,
        async pingPong(source) {
          const balls$ = new Subject<Item>();
          const serve = oneByOne(
            source,
            (ball) => balls$.next(ball),
            () => balls$.complete(),
          );
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

function served(source: DownSource, list: readonly ServerMiddleware[]): HostedService {
  const hub = new Hub<Item>({ encode: encoder(methods.join) });
  const bridged = implement(methods, list, {
    ask: (request) => request,
    down: (request) => sourceOf(items(request), source),
    downBatched: (request) => generated(batches(request)),
    up: async (requests) => ({ count: await sum(requests, one) }),
    upBatched: async (requests) => ({ count: await sum(requests, sizeOf) }),
    pingPong: (requests) => requests,
    join: () => hub.join({ first: welcome }),
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
  const { definition: down } = serverStreaming(methods.down, () => []);
  return handwritten({ ...bridged.definition, down }, { ...bridged.implementation, down: write });
}

/** The same items from each kind of source. */
function sourceOf(messages: Iterable<Item>, source: DownSource): Source<Item> {
  if (source === "iterable") return messages;
  if (source === "observable") return from(messages);
  return generated(messages);
}

async function* generated<T>(messages: Iterable<T>): AsyncGenerator<T, void> {
  for (const message of messages) yield message;
}

/** The sum of what `weigh` returns for each message. */
async function sum<T>(messages: AsyncIterable<T>, weigh: (message: T) => number): Promise<number> {
  let total = 0;
  for await (const message of messages) total += weigh(message);
  return total;
}

/**
 * The baseline of an Observable: a handler of grpc-js on the same server. Its messages are serialized already, as those
 * of the bridge are; otherwise the write window would not take them.
 */
function write(call: ServerWritableStream<DownRequest, Encoded<Item>>): void {
  writeAll(call, encoded(items(call.request)));
}

function* encoded(messages: Iterable<Item>): Generator<Encoded<Item>, void> {
  const encode = encoder(methods.down);
  for (const message of messages) yield encode(message);
}
