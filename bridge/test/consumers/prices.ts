import { implement } from "quartet-bridge";
import { amountOf, averageOf } from "./expected-answers.js";
import { PricesService } from "./gen/ts-proto/prices.js";

export const prices = implement(PricesService, {
  quote: ({ symbol }) => ({ symbol, amount: amountOf(symbol) }),
  *history({ symbol, lastDays }) {
    for (let daysAgo = lastDays - 1; daysAgo >= 0; daysAgo -= 1) yield { symbol, amount: amountOf(symbol, daysAgo) };
  },
  average: async (requests) => ({ symbol: "", amount: await averageOf(requests) }),
  async *follow(queries) {
    for await (const { symbol } of queries) yield { symbol, amount: amountOf(symbol) };
  },
});
