// https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#usage. It takes definitions of grpc-js
// unchanged: https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#using-google-protobuf
import { createChannel, createClient, createServer } from "nice-grpc";
import { BenchService } from "../../../dist/src/gen/quartet/bench/v1/bench.js";
import { calls, handlers } from "./async-iterables.js";

export async function serve() {
  const server = createServer();
  server.add(BenchService, handlers());
  return { port: await server.listen("127.0.0.1:0") };
}

export function connect(address) {
  const channel = createChannel(address);
  return { ...calls(createClient(BenchService, channel)), close: () => channel.close() };
}
