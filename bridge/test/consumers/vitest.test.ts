import { Hub } from "quartet-bridge/hub";
import { loopback } from "quartet-bridge/testing";
import { expect, test } from "vitest";
import { expected } from "./expected-answers.js";
import { makeCalls } from "./make-calls.js";
import { prices } from "./prices.js";

test("all four calls are answered", async () => {
  await using served = await loopback(prices);
  expect(await makeCalls(served.caller)).toEqual(expected);
});

test("a hub gives a late member what it remembers", () => {
  const hub = new Hub<string>({ replay: 2 });
  for (const symbol of ["tea", "coffee", "cocoa"]) hub.publish(symbol);
  const received: unknown[] = [];
  hub.join({ last: 2 }).subscribe((symbol) => received.push(symbol));
  expect(received).toEqual(["coffee", "cocoa"]);
});
