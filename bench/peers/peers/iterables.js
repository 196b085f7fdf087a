// The rows for the two libraries whose calls are async iterables, nice-grpc and connect-es: their handlers and their
// calls are written alike.
import { EventEmitter, on } from "node:events";
import { item, itemsFor, welcome } from "../item.js";

export function iterableHandlers() {
  const hub = new EventEmitter();
  hub.setMaxListeners(0);
  return {
    ask: async (request) => request,
    async *down(request) {
      yield* itemsFor(request);
    },
    async up(requests) {
      let count = 0;
      for await (const _request of requests) count += 1;
      return { count };
    },
    async *pingPong(requests) {
      for await (const request of requests) yield request;
    },
    // Node's own way from events to an async iterable: https://nodejs.org/api/events.html#eventsonemitter-eventname-options
    async *join(_request, { signal }) {
      const published = on(hub, "item", { signal });
      yield welcome;
      for await (const [message] of published) yield message;
    },
    async publish(requests) {
      let count = 0;
      for await (const request of requests) {
        count += 1;
        hub.emit("item", request);
      }
      return { count };
    },
  };
}

async function* items(count) {
  for (let sequence = 0; sequence < count; sequence += 1) yield item(sequence);
}

/** An async iterable that is written to, and that ends. */
function writable() {
  const waiting = [];
  let ended = false;
  let wake = () => {};
  return {
    write(message) {
      waiting.push(message);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      while (true) {
        while (waiting.length > 0) yield waiting.shift();
        if (ended) return;
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** The rows over a client whose methods take and return async iterables. */
export function iterableRows(client) {
  return {
    ask: (message) => client.ask(message),
    async down(request, onItem) {
      for await (const message of client.down(request)) onItem(message);
    },
    up: async (count) => (await client.up(items(count))).count,
    async pingPong(count) {
      const balls = writable();
      balls.write(item(0));
      let sequence = 0;
      for await (const _ball of client.pingPong(balls)) {
        sequence += 1;
        if (sequence < count) balls.write(item(sequence));
        else balls.end();
      }
    },
    join(onItem) {
      const leaving = new AbortController();
      (async () => {
        for await (const message of client.join({}, { signal: leaving.signal })) onItem(message);
      })().catch((error) => {
        if (!leaving.signal.aborted) throw error;
      });
      return () => leaving.abort();
    },
    async publish(produce) {
      const published = writable();
      const answer = client.publish(published);
      await produce((message) => published.write(message));
      published.end();
      return (await answer).count;
    },
  };
}
