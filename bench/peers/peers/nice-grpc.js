// https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#usage
import { createChannel, createClient, createServer } from "nice-grpc";
import { iterableHandlers, iterableRows } from "./iterables.js";
import { BenchDefinition } from "./nice-grpc-definition.js";

export const packages = ["nice-grpc", "@grpc/grpc-js"];

export async function startServer() {
  const server = createServer();
  server.add(BenchDefinition, iterableHandlers());
  const port = await server.listen("127.0.0.1:0");
  return { port, close: async () => server.forceShutdown() };
}

export async function connect(port) {
  // Else several clients of one process would share one connection.
  const channel = createChannel(`127.0.0.1:${port}`, undefined, { "grpc.use_local_subchannel_pool": 1 });
  return { ...iterableRows(createClient(BenchDefinition, channel)), close: () => channel.close() };
}
