// The code that the libraries with async iterables share.

/** Asks for all messages of the server. */
export const everything = { count: 0, payloadBytes: 0 };

/** Counts the requests of an upload, and reports its end. */
export const counting = ({ received, complete, failed }) =>
  async function up(requests) {
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
  };

/** @param iterate makes an async iterable of an emitter's items, until the signal aborts */
export const handlers = ({ down, pushed, ask, askAsync = ask, ...upload }, iterate) => ({
  ask: async (request) => (askAsync ? askAsync(request) : request),
  async *down(_request, { signal }) {
    if (pushed) yield* iterate(pushed(), signal);
    else yield* down();
  },
  up: counting(upload),
});

/** @param options makes the options of a call from its milliseconds until the deadline */
export const calls = (client, options) => ({
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
  async deadline(milliseconds) {
    for await (const _message of client.down(everything, options(milliseconds)));
  },
  problem: problemOf,
});

/** The contents of an error of grpc-js, or of one in the same form. */
export const problemOf = ({ code, details, message, metadata }) => ({
  code,
  details: details ?? message,
  trailer: metadata?.get("x-reason")[0],
});
