// https://connectrpc.com/docs/node/implementing-services and https://connectrpc.com/docs/node/using-clients
import { on } from "node:events";
import { createServer } from "node:http2";
import { ConnectError, createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Bench } from "../../gen/quartet/bench/v1/bench_pb.js";
import { calls, handlers } from "./iterables.js";

// https://connectrpc.com/docs/node/errors
export const statusError = (code, details) => new ConnectError(details, code);

// It has no source of its own that pushes; this is Node's: https://nodejs.org/api/events.html#eventsonemitter-eventname-options
async function* iterate(emitter, signal) {
  for await (const [message] of on(emitter, "item", { signal })) yield message;
}

export async function serve(behaviour) {
  const routes = (router) => router.service(Bench, handlers(behaviour, iterate));
  const server = createServer(connectNodeAdapter({ routes }));
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server.address().port;
}

export async function connect(port) {
  const baseUrl = `http://127.0.0.1:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const common = calls(createClient(Bench, createGrpcTransport({ baseUrl, sessionManager })));
  return {
    ...common,
    // https://connectrpc.com/docs/node/timeouts
    deadline: (milliseconds) => common.deadline({ timeoutMs: milliseconds }),
    problem(error) {
      const { code, rawMessage, metadata } = ConnectError.from(error);
      return { code, details: rawMessage, trailer: metadata.get("x-reason") ?? undefined };
    },
    close: () => sessionManager.abort(),
  };
}
