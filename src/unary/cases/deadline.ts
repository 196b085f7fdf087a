import { status } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Case, failure } from "../../host/index.js";

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
