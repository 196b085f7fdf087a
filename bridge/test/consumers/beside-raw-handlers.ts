// A bridged service in a grpc-js server that also has handlers written without the bridge.
import { Client, credentials, type handleUnaryCall, Server } from "@grpc/grpc-js";
import { caller, streamingChannelOptions, streamingServerOptions } from "quartet-bridge";
import { amountOf, check } from "./expected-answers.js";
import { FeesService, type Price, PricesService, type Query } from "./gen/ts-proto/prices.js";
import { listen } from "./listen.js";
import { makeCalls } from "./make-calls.js";
import { prices } from "./prices.js";

const fee: handleUnaryCall<Query, Price> = ({ request: { symbol } }, callback) => {
  callback(null, { symbol, amount: amountOf(symbol) / 100 });
};

const server = new Server(streamingServerOptions());
server.addService(FeesService, { quote: fee });
prices.addTo(server);

const client = new Client(await listen(server), credentials.createInsecure(), streamingChannelOptions);
const { amount } = await caller(FeesService, client).quote({ symbol: "tea", lastDays: 0 });
if (amount !== 0.035) throw new Error(`the raw handler answered ${amount}`);
check(await makeCalls(caller(PricesService, client)));
client.close();
server.forceShutdown();
