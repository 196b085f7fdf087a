import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { GreeterService } from "#gen/tutorials/helloworld.js";
import { UnaryService } from "#gen/tutorials/unary.js";
import { type Case, type Cases, isMain, runCases } from "../host/index.js";
import { cancel, deadline, invalidArgument } from "./cases/endings.js";
import { metadata } from "./cases/metadata.js";
import { retry } from "./cases/retry.js";

/** One request, one answer. */
export const squareRoot: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const { value } = await calculator.squareRoot({ value: 16 }, { timeoutMs: 5000, signal });
  say(`SquareRoot(16) = ${value}`);
};

/** Another method of the same service, over the same connection. */
export const divide: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const { value } = await calculator.divide({ value1: 7, value2: 2 }, { timeoutMs: 5000, signal });
  say(`Divide(7, 2) = ${value}`);
};

/** The greeting of the quick starts: another service over the same connection. */
export const sayHello: Case = async ({ client, signal, say }) => {
  const greeter = caller(GreeterService, client);
  const { message } = await greeter.sayHello({ name: "you" }, { timeoutMs: 5000, signal });
  say(message);
};

/** The tutorial's message. The server says that it was received. */
export const serverResponse: Case = async ({ client, signal, say }) => {
  const unary = caller(UnaryService, client);
  const { message, received } = await unary.getServerResponse({ message: "Hi" }, { timeoutMs: 5000, signal });
  say(`${message} (received: ${received})`);
};

/** A `float` has 24 bits, and a JavaScript number has 53. The answer is the nearest float. */
export const precision: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const { value } = await calculator.squareRoot({ value: 2 }, { timeoutMs: 5000, signal });
  say(`SquareRoot(2) = ${value}`);
  say(`Math.sqrt(2) = ${Math.sqrt(2)}: the contract's float has room for 24 of its 53 bits`);
  // Compare with what the type can hold, never with the number that was computed.
  if (value !== Math.fround(Math.sqrt(2))) throw new Error("the answer is not the float nearest to the root of 2");
};

/** The cases of this client. Every call has a deadline, so no call waits forever. */
export const cases: Cases = {
  "square-root": squareRoot,
  divide,
  "say-hello": sayHello,
  "server-response": serverResponse,
  precision,
  "invalid-argument": invalidArgument,
  metadata,
  deadline,
  cancel,
  retry,
};

if (isMain(import.meta.url)) await runCases("unary-client", cases, { startServer: "make unary-server" });
