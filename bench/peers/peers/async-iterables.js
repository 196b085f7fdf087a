// nice-grpc and connect-es take and return async iterables alike, so they share their handlers and calls.
import { EventEmitter, on } from "node:events";
import { items, welcome } from "../../../dist/bench/implementations/items.js";

async function* generated(messages) {
  for (const message of messages) yield message;
}

async function counted(messages) {
  let count = 0;
  for await (const _message of messages) count += 1;
  return count;
}

export function handlers() {
  const hub = new EventEmitter();
  hub.setMaxListeners(0);
  return {
    ask: async (request) => request,
    down: (request) => generated(items(request)),
    up: async (requests) => ({ count: await counted(requests) }),
    async *pingPong(requests) {
      for await (const request of requests) yield request;
    },
    // Node's way from events to an async iterable: https://nodejs.org/api/events.html#eventsonemitter-eventname-options
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

/** The work, over a client whose methods take and return async iterables. */
export const calls = (client) => ({
  ask: (item) => client.ask(item),
  down: (request) => counted(client.down(request)),
  up: async (source) => (await client.up(generated(source))).count,
  async pingPong(source) {
    let returned = 0;
    let comeBack = () => {};
    async function* balls() {
      for (const ball of source) {
        const back = new Promise((resolve) => {
          comeBack = resolve;
        });
        yield ball;
        await back;
      }
    }
    for await (const _ball of client.pingPong(balls())) {
      returned += 1;
      comeBack();
    }
    return returned;
  },
});
