import { status } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Case, failure } from "../../host/index.js";

/**
 * A call whose answer is no longer needed: the person has left, or another call has failed. The server hears of it at once
 * and can stop. What it has done by then stays done. The connection and its other calls continue.
 */
export const cancel: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  // It connects, too: a call that is cancelled before there is a connection never leaves the client.
  const { value } = await calculator.squareRoot({ value: 16 }, { timeoutMs: 5000, signal });
  say(`SquareRoot(16): ${value}`);

  const leave = new AbortController();
  const either = AbortSignal.any([signal, leave.signal]);
  const unwanted = calculator.squareRoot({ value: 25 }, { timeoutMs: 5000, signal: either });
  const wanted = calculator.squareRoot({ value: 36 }, { timeoutMs: 5000, signal });
  leave.abort();

  const [error, answer] = await Promise.all([failure(status.CANCELLED, unwanted), wanted]);
  say(`SquareRoot(25), cancelled: ${status[error.code]}`);
  say(`SquareRoot(36), at the same time: ${answer.value}`);
};
