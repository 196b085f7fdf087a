// protobuf-es: handlers and callers take init shapes, plain objects without `create`.
import { implement } from "quartet-bridge";
import { serviceDefinition } from "quartet-bridge/protobuf-es";
import { loopback } from "quartet-bridge/testing";
import { lastValueFrom, toArray } from "rxjs";
import { amountOf, check } from "./expected-answers.js";
import { Prices } from "./gen/protobuf-es/prices_pb.js";

const prices = implement(serviceDefinition(Prices), {
  quote: ({ symbol }) => ({ symbol, amount: amountOf(symbol) }),
  *history({ symbol, lastDays }) {
    for (let daysAgo = lastDays - 1; daysAgo >= 0; daysAgo -= 1) yield { symbol, amount: amountOf(symbol, daysAgo) };
  },
  async average(requests) {
    const received = await lastValueFrom(requests.observe().pipe(toArray()));
    return { amount: received.reduce((total, { amount }) => total + amount, 0) / received.length };
  },
  async *follow(queries) {
    for await (const { symbol } of queries) yield { symbol, amount: amountOf(symbol) };
  },
});

await using served = await loopback(prices);
const { caller } = served;
const quote = await caller.quote({ symbol: "tea" });
const history = await lastValueFrom(caller.history.observe({ symbol: "tea", lastDays: 3 }).pipe(toArray()));
const average = await caller.average(history);
const follow: number[] = [];
for await (const { amount } of caller.follow([{ symbol: "tea" }, { symbol: "coffee" }])) follow.push(amount);
check({ quote: quote.amount, history: history.map(({ amount }) => amount), average: average.amount, follow });
