import type { Caller } from "quartet-bridge";
import type { Answers } from "./expected-answers.js";
import type { PricesService } from "./gen/ts-proto/prices.js";

export async function makeCalls(prices: Caller<typeof PricesService>): Promise<Answers> {
  const quote = await prices.quote({ symbol: "tea", lastDays: 0 });

  const history: number[] = [];
  for await (const { amount } of prices.history({ symbol: "tea", lastDays: 3 })) history.push(amount);

  const average = await prices.average(history.map((amount) => ({ symbol: "tea", amount })));

  const follow: number[] = [];
  const queries = ["tea", "coffee"].map((symbol) => ({ symbol, lastDays: 0 }));
  for await (const { amount } of prices.follow(queries)) follow.push(amount);

  return { quote: quote.amount, history, average: average.amount, follow };
}
