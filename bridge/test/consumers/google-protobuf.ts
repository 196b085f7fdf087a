// The static code of grpc-tools, typed by grpc_tools_node_protoc_ts: messages are classes with getters and setters.
// That code is CommonJS, and so is this program.
import { implement } from "quartet-bridge";
import { loopback } from "quartet-bridge/testing";
import { amountOf, check } from "./expected-answers.js";
import { PricesService } from "./google-protobuf/prices_grpc_pb.js";
import { Price, Query } from "./google-protobuf/prices_pb.js";

function priceOf(symbol: string, amount: number): Price {
  return new Price().setSymbol(symbol).setAmount(amount);
}

const prices = implement(PricesService, {
  quote: (query) => priceOf(query.getSymbol(), amountOf(query.getSymbol())),
  *history(query) {
    const symbol = query.getSymbol();
    for (let daysAgo = query.getLastDays() - 1; daysAgo >= 0; daysAgo -= 1) {
      yield priceOf(symbol, amountOf(symbol, daysAgo));
    }
  },
  async average(requests) {
    let total = 0;
    let count = 0;
    for await (const price of requests) {
      total += price.getAmount();
      count += 1;
    }
    return priceOf("tea", total / count);
  },
  async *follow(queries) {
    for await (const query of queries) yield priceOf(query.getSymbol(), amountOf(query.getSymbol()));
  },
});

async function main(): Promise<void> {
  await using served = await loopback(prices);
  const { caller } = served;
  const quote = await caller.quote(new Query().setSymbol("tea"));
  const history: Price[] = [];
  for await (const price of caller.history(new Query().setSymbol("tea").setLastDays(3))) history.push(price);
  const average = await caller.average(history);
  const follow: number[] = [];
  const queries = ["tea", "coffee"].map((symbol) => new Query().setSymbol(symbol));
  for await (const price of caller.follow(queries)) follow.push(price.getAmount());
  check({
    quote: quote.getAmount(),
    history: history.map((price) => price.getAmount()),
    average: average.getAmount(),
    follow,
  });
}

void main();
