import { implement } from "quartet-bridge";
import { amountOf } from "./expected-answers.js";
import { PricesService } from "./gen/ts-proto/prices.js";

export const prices = implement(PricesService, {
  quote: ({ symbol }) => ({ symbol, amount: amountOf(symbol) }),
  *history({ symbol, lastDays }) {
    for (let daysAgo = lastDays - 1; daysAgo >= 0; daysAgo -= 1) yield { symbol, amount: amountOf(symbol, daysAgo) };
  },
  async average(requests) {
    let symbol = "";
    let total = 0;
    let count = 0;
    for await (const price of requests) {
      symbol = price.symbol;
      total += price.amount;
      count += 1;
    }
    return { symbol, amount: total / count };
  },
  async *follow(queries) {
    for await (const { symbol } of queries) yield { symbol, amount: amountOf(symbol) };
  },
});
