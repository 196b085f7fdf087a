import type { handleServerStreamingCall } from "@grpc/grpc-js";
import { destination, pino } from "pino";
import { concat, from, of, Subject } from "rxjs";
import { BatchesService, BenchService, type DownRequest, type Item } from "#gen/quartet/bench/v1/bench.js";
import { bidirectional, caller, clientStreaming, serverStreaming, unary } from "../../src/bridge/index.js";
import { connect, host, service } from "../../src/host/index.js";
import { writeAll } from "./bare.js";
import type { DownSource, Implementation } from "./implementation.js";
import { batches, items } from "./items.js";

/** How many bytes the write window lets a server have in flight towards one reader. */
export const writeWindowBytes = 0;

/** A call's deadline, in milliseconds: everything is on that a careful caller sets. */
const timeoutMs = 60_000;

/**
 * The suite: what `host` serves, with its limits and its log, and what `connect` calls, with a deadline for each call.
 * What the bench knows of the bridge stands in this file.
 */
export const bridge: Implementation = {
  async serve(source) {
    const log = pino(destination({ fd: 2, sync: true }));
    const { port } = await host([bench(source), batched()], { log }).listen();
    return port;
  },

  connect(address) {
    const client = connect(address, { channelOptions: { "grpc.use_local_subchannel_pool": 1 } });
    const calls = caller(BenchService, client);
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
        // The call begins with the first `next`, and what a Subject emits before is lost.
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

function bench(source: DownSource) {
  // What fans out: every member's Observable is this one.
  const published$ = new Subject<Item>();
  const welcome: Item = { sequence: 0, payload: Buffer.alloc(0) };
  return service(BenchService, {
    ask: unary((request) => request),
    down: down(source),
    up: clientStreaming(async (requests) => {
      let count = 0;
      for await (const _ of requests) count += 1;
      return { count };
    }),
    pingPong: bidirectional((requests) => requests),
    join: serverStreaming(() => concat(of(welcome), published$)),
    publish: clientStreaming(async (requests) => {
      let count = 0;
      for await (const item of requests) {
        count += 1;
        published$.next(item);
      }
      return { count };
    }),
  });
}

/** The same items from each kind of source. */
function down(source: DownSource): handleServerStreamingCall<DownRequest, Item> {
  switch (source) {
    case "iterable":
      return serverStreaming(({ count, payloadBytes }) => items(count, payloadBytes));
    case "observable":
      return serverStreaming(({ count, payloadBytes }) => from(items(count, payloadBytes)));
    case "generator":
      return serverStreaming(async function* ({ count, payloadBytes }) {
        for (const item of items(count, payloadBytes)) yield item;
      });
    default:
      // What the bridge is compared with where the server's options are to be the same: grpc-js's own handler.
      return (call) => writeAll(call, items(call.request.count, call.request.payloadBytes));
  }
}

function batched() {
  return service(BatchesService, {
    downBatched: serverStreaming(async function* ({ count, payloadBytes, batchSize }) {
      for (const batch of batches(count, payloadBytes, batchSize)) yield batch;
    }),
    upBatched: clientStreaming(async (requests) => {
      let count = 0;
      for await (const batch of requests) count += batch.items.length;
      return { count };
    }),
  });
}
