// proto-loader without generated types. Nothing types the messages and the calls, so this file declares them.
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type Incoming, implement } from "quartet-bridge";
import { loopback } from "quartet-bridge/testing";
import { amountOf, averageOf, check } from "./expected-answers.js";

interface Query {
  symbol: string;
  lastDays?: number;
}
interface Price {
  symbol: string;
  amount: number;
}

const packages = loadPackageDefinition(loadSync("prices.proto")) as { prices: { v1: GrpcObject } };
const { service } = packages.prices.v1.Prices as ServiceClientConstructor;

const prices = implement(service, {
  Quote: ({ symbol }: Query) => ({ symbol, amount: amountOf(symbol) }),
  *History({ symbol, lastDays = 0 }: Query) {
    for (let daysAgo = lastDays - 1; daysAgo >= 0; daysAgo -= 1) yield { symbol, amount: amountOf(symbol, daysAgo) };
  },
  Average: async (requests: Incoming<Price>) => ({ amount: await averageOf(requests) }),
  async *Follow(queries: Incoming<Query>) {
    for await (const { symbol } of queries) yield { symbol, amount: amountOf(symbol) };
  },
});

/** The definition does not have these types either. */
interface PricesCaller {
  Quote(query: Query): Promise<Price>;
  History(query: Query): AsyncIterable<Price>;
  Average(prices: Price[]): Promise<Price>;
  Follow(queries: Query[]): AsyncIterable<Price>;
}

await using served = await loopback(prices);
const caller = served.caller as unknown as PricesCaller;
const quote = await caller.Quote({ symbol: "tea" });
const history: Price[] = [];
for await (const price of caller.History({ symbol: "tea", lastDays: 3 })) history.push(price);
const average = await caller.Average(history);
const follow: number[] = [];
for await (const { amount } of caller.Follow([{ symbol: "tea" }, { symbol: "coffee" }])) follow.push(amount);
check({ quote: quote.amount, history: history.map(({ amount }) => amount), average: average.amount, follow });
