// The bridge of this project, held to the same table as the others.

import { createRequire } from "node:module";
import * as bridge from "../../../../bridge/dist/index.js";
import { BenchService } from "../../../../dist/src/gen/quartet/bench/v1/bench.js";
import { everything } from "../../item.js";

// What is handed to the bridge comes from the packages that the bridge has, not from those of the peers.
const require = createRequire(new URL("../../../../package.json", import.meta.url));
const { Client, credentials, Server, ServerCredentials } = require("@grpc/grpc-js");
const { fromEvent } = require("rxjs");

export const statusError = (code, details) => new bridge.StatusError(code, details);

export async function serve({
  down: source,
  pushed,
  ask: careful,
  askAsync: answer = careful,
  received,
  complete,
  failed,
}) {
  const { ask, down, up } = BenchService;
  const bridged = bridge.implement(
    { ask, down, up },
    {
      ask: (request) => (answer ? answer(request) : request),
      down: () => (pushed ? fromEvent(pushed(), "item") : source()),
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
    },
  );
  const server = new Server(bridge.streamingServerOptions());
  bridged.addTo(server);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

export async function connect(port) {
  const address = `127.0.0.1:${port}`;
  const client = new Client(address, credentials.createInsecure(), bridge.streamingChannelOptions);
  const bench = bridge.caller(BenchService, client);
  return {
    ask: (message) => bench.ask(message),
    begin: () => bench.down(everything),
    async take(count) {
      let taken = 0;
      for await (const _message of bench.down(everything)) {
        taken += 1;
        if (taken === count) break;
      }
    },
    async flow(onItem) {
      for await (const message of bench.down(everything)) onItem(message);
    },
    async pace(onItem) {
      for await (const message of bench.down(everything)) await onItem(message);
    },
    cancelAtOnce: () => bench.down.observe(everything).subscribe().unsubscribe(),
    upload: (source) => bench.up(source),
    async deadline(timeoutMs) {
      for await (const _message of bench.down(everything, { timeoutMs }));
    },
    problem: ({ code, details, message, metadata }) => ({
      code,
      details: details ?? message,
      trailer: metadata?.get("x-reason")[0],
    }),
    close: () => client.close(),
  };
}
