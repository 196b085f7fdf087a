// proto-loader without generated types: what a request or a response is, only this file knows.
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { implement } from "quartet-bridge";
import { loopback } from "quartet-bridge/testing";
import { amountOf, check } from "./calls.js";

interface Query {
  symbol: string;
  lastDays: number;
}
interface Price {
  symbol: string;
  amount: number;
}

const packages = loadPackageDefinition(loadSync("prices.proto")) as { prices: { v1: GrpcObject } };
const { service } = packages.prices.v1["Prices"] as ServiceClientConstructor;

const prices = implement(service, {
  Quote(request) {
    const { symbol } = request as Query;
    return { symbol, amount: amountOf(symbol) };
  },
  *History(request) {
    const { symbol, lastDays } = request as Query;
    for (let daysAgo = lastDays - 1; daysAgo >= 0; daysAgo -= 1) yield { symbol, amount: amountOf(symbol, daysAgo) };
  },
  async Average(requests) {
    let total = 0;
    let count = 0;
    for await (const price of requests) {
      total += (price as Price).amount;
      count += 1;
    }
    return { amount: total / count };
  },
  async *Follow(queries) {
    for await (const query of queries) {
      const { symbol } = query as Query;
      yield { symbol, amount: amountOf(symbol) };
    }
  },
});

await using served = await loopback(prices);
const { Quote, History, Average, Follow } = served.caller;
const amountIn = (response: unknown) => (response as Price).amount;
const history: number[] = [];
for await (const price of History({ symbol: "tea", lastDays: 3 })) history.push(amountIn(price));
const follow: number[] = [];
for await (const price of Follow([{ symbol: "tea" }, { symbol: "coffee" }])) follow.push(amountIn(price));
check({
  quote: amountIn(await Quote({ symbol: "tea" })),
  history,
  average: amountIn(await Average(history.map((amount) => ({ symbol: "tea", amount })))),
  follow,
});
