import { status } from "@grpc/grpc-js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { caller } from "../../bridge/index.js";
import type { Case } from "../../host/cases.js";
import { failure } from "./failure.js";

/**
 * A call that nobody needs any more: the person has left, another call has failed. The server hears of it at once and
 * can stop; what it has done by then stays done. The connection and its other calls go on.
 */
export const cancel: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const leave = new AbortController();
  const either = AbortSignal.any([signal, leave.signal]);
  const unwanted = calculator.squareRoot({ value: 16 }, { timeoutMs: 5000, signal: either });
  const wanted = calculator.squareRoot({ value: 81 }, { timeoutMs: 5000, signal });
  leave.abort();

  const [error, { value }] = await Promise.all([failure(status.CANCELLED, unwanted), wanted]);
  say(`SquareRoot(16), cancelled: ${status[error.code]}`);
  say(`SquareRoot(81), at the same time: ${value}`);
};
