// proto-loader with the types of proto-loader-gen-types. Handlers and calls may have the names of the contract (Quote)
// or those of JavaScript (quote).
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { implement, type ProtoLoaderService } from "quartet-bridge";
import { loopback } from "quartet-bridge/testing";
import { amountOf, averageOf, check } from "./expected-answers.js";
import type { PricesDefinition, PricesHandlers } from "./gen/proto-loader/prices/v1/Prices.js";
import type { ProtoGrpcType } from "./gen/proto-loader/prices.js";

// As `--defaults` of proto-loader-gen-types: a field that was not set has its default value.
const packages = loadPackageDefinition(loadSync("prices.proto", { defaults: true })) as unknown as ProtoGrpcType;

const { service } = packages.prices.v1.Prices;
const prices = implement(service as ProtoLoaderService<PricesDefinition, PricesHandlers>, {
  quote: ({ symbol }) => ({ symbol, amount: amountOf(symbol) }),
  *history({ symbol, lastDays }) {
    for (let daysAgo = lastDays - 1; daysAgo >= 0; daysAgo -= 1) yield { symbol, amount: amountOf(symbol, daysAgo) };
  },
  average: async (requests) => ({ amount: await averageOf(requests) }),
  async *follow(queries) {
    for await (const { symbol } of queries) yield { symbol, amount: amountOf(symbol) };
  },
});

await using served = await loopback(prices);
const { caller } = served;
const quote = await caller.Quote({ symbol: "tea" });
const history: number[] = [];
for await (const { amount } of caller.History({ symbol: "tea", lastDays: 3 })) history.push(amount);
const average = await caller.Average(history.map((amount) => ({ symbol: "tea", amount })));
const follow: number[] = [];
for await (const { amount } of caller.Follow([{ symbol: "tea" }, { symbol: "coffee" }])) follow.push(amount);
check({ quote: quote.amount, history, average: average.amount, follow });
