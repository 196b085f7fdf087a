import { everything } from "../../item.js";

// nice-grpc and connect-es take and return async iterables alike; only their errors and options differ.
export const handlers = ({ down, pushed, ask, askAsync = ask, received, complete, failed }, iterate) => ({
  ask: async (request) => (askAsync ? askAsync(request) : request),
  async *down(_request, context) {
    if (pushed) yield* iterate(pushed(), context.signal);
    else yield* down();
  },
  async up(requests) {
    let count = 0;
    try {
      for await (const _request of requests) {
        count += 1;
        received();
      }
    } catch (error) {
      failed();
      throw error;
    }
    complete();
    return { count };
  },
});

export const calls = (client) => ({
  ask: (message) => client.ask(message),
  begin: () => client.down(everything),
  async take(count) {
    let taken = 0;
    for await (const _message of client.down(everything)) {
      taken += 1;
      if (taken === count) break;
    }
  },
  async flow(onItem) {
    for await (const message of client.down(everything)) onItem(message);
  },
  async pace(onItem) {
    for await (const message of client.down(everything)) await onItem(message);
  },
  cancelAtOnce() {
    const cancelling = new AbortController();
    const iterator = client.down(everything, { signal: cancelling.signal })[Symbol.asyncIterator]();
    iterator.next().catch(() => {});
    cancelling.abort();
  },
  upload: (source) => client.up(source),
  async deadline(options) {
    for await (const _message of client.down(everything, options));
  },
});
