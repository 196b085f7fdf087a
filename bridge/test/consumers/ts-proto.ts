// A server and a client with ts-proto's code. There is no top-level await, so that it also compiles to CommonJS.
import { Client, credentials, Server } from "@grpc/grpc-js";
import { caller, streamingChannelOptions, streamingServerOptions } from "quartet-bridge";
import { check } from "./expected-answers.js";
import { PricesService } from "./gen/ts-proto/prices.js";
import { listen } from "./listen.js";
import { makeCalls } from "./make-calls.js";
import { prices } from "./prices.js";

async function main(): Promise<void> {
  const server = prices.addTo(new Server(streamingServerOptions()));
  const client = new Client(await listen(server), credentials.createInsecure(), streamingChannelOptions);
  check(await makeCalls(caller(PricesService, client)));
  client.close();
  server.forceShutdown();
}

void main();
