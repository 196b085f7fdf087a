// connect-es with the gRPC protocol: https://connectrpc.com/docs/node/implementing-services,
// https://connectrpc.com/docs/node/using-clients. Its server is a handler for Node's own http2.
import { createServer } from "node:http2";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Bench } from "../gen/quartet/bench/v1/bench_pb.js";
import { iterableHandlers, iterableRows } from "./iterables.js";

export const packages = ["@connectrpc/connect", "@connectrpc/connect-node", "@bufbuild/protobuf"];

export async function startServer() {
  const server = createServer(connectNodeAdapter({ routes: (router) => router.service(Bench, iterableHandlers()) }));
  const sessions = new Set();
  server.on("session", (session) => sessions.add(session.on("close", () => sessions.delete(session))));
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: server.address().port,
    async close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

export async function connect(port) {
  const baseUrl = `http://127.0.0.1:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createGrpcTransport({ baseUrl, sessionManager });
  return { ...iterableRows(createClient(Bench, transport)), close: () => sessionManager.abort() };
}
