import { expect, test } from "@jest/globals";
import { loopback } from "quartet-bridge/testing";
import { expected } from "./expected-answers.js";
import { makeCalls } from "./make-calls.js";
import { prices } from "./prices.js";

test("all four calls are answered", async () => {
  await using served = await loopback(prices);
  expect(await makeCalls(served.caller)).toEqual(expected);
});
