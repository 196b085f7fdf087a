// The bridge of this project, held to the same table as the others.

import { createRequire } from "node:module";
import { promisify } from "node:util";
import * as bridge from "../../../../bridge/dist/index.js";
import { BenchService } from "../../../../dist/src/gen/quartet/bench/v1/bench.js";
import { calls, counting, everything } from "./iterables.js";

// Objects for the bridge must come from the bridge's own packages, not from the peers' packages.
const require = createRequire(new URL("../../../../package.json", import.meta.url));
const { Client, credentials, Server, ServerCredentials } = require("@grpc/grpc-js");
const { fromEvent } = require("rxjs");

export const statusError = (code, details) => new bridge.StatusError(code, details);

export async function serve({ down: source, pushed, ask: careful, askAsync: answer = careful, ...upload }) {
  const { ask, down, up } = BenchService;
  const bridged = bridge.implement(
    { ask, down, up },
    {
      ask: (request) => (answer ? answer(request) : request),
      down: () => (pushed ? fromEvent(pushed(), "item") : source()),
      up: counting(upload),
    },
  );
  const server = new Server(bridge.streamingServerOptions());
  bridged.addTo(server);
  return promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
}

export async function connect(address) {
  const client = new Client(address, credentials.createInsecure(), bridge.streamingChannelOptions);
  const bench = bridge.caller(BenchService, client);
  return {
    ...calls(bench, (timeoutMs) => ({ timeoutMs })),
    cancelAtOnce: () => bench.down.observe(everything).subscribe().unsubscribe(),
    close: () => client.close(),
  };
}
