import { status } from "@grpc/grpc-js";
import { caller, violationsOf } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Case, failure } from "../../host/index.js";

/**
 * A request that breaks a rule. The code and the field are for programs, and the description is for people. The
 * tutorial's server answers UNKNOWN instead, because its handler throws. To the caller that looks like a bug of the
 * server.
 */
export const invalidArgument: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const call = calculator.squareRoot({ value: -1 }, { timeoutMs: 5000, signal });
  const error = await failure([status.INVALID_ARGUMENT, status.UNKNOWN], call);
  say(`SquareRoot(-1): ${status[error.code]}`);
  const violations = violationsOf(error);
  for (const { field, description } of violations) say(`  ${field} ${description}`);
  if (violations.length === 0) say("  (this server does not say which field)");
};

/**
 * A call in time, then one whose deadline has passed when it begins. That happens to a service that passes on the
 * deadline of its caller, after slow services.
 *
 * The client keeps the time itself, so a server that is stuck cannot make it wait. The client does not learn what the
 * server has done: DEADLINE_EXCEEDED means "too late for me", never "not done".
 */
export const deadline: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  const { value } = await calculator.squareRoot({ value: 16 }, { timeoutMs: 5000, signal });
  say(`SquareRoot(16), 5 s left: ${value}`);

  const late = calculator.squareRoot({ value: 16 }, { timeoutMs: 0, signal });
  const error = await failure(status.DEADLINE_EXCEEDED, late);
  say(`SquareRoot(16), 0 s left: ${status[error.code]}`);
};

/**
 * A call whose answer is no longer needed: the person has left, or another call has failed. The server learns of it at
 * once and can stop, but it cannot undo its work. The connection and its other calls continue.
 */
export const cancel: Case = async ({ client, signal, say }) => {
  const calculator = caller(CalculatorService, client);
  // This call connects. A call that is cancelled before there is a connection never leaves the client.
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
