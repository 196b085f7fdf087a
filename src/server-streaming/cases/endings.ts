import { status } from "@grpc/grpc-js";
import { Metric, VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { caller, StatusError, violationsOf } from "../../bridge/index.js";
import type { Case } from "../../host/cases.js";

/** A watch that somebody else ends: an AbortSignal cancels the call, and the loop throws CANCELLED. */
export const cancel: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const enough = new AbortController();
  const rounds = vitals.watch(
    { metrics: [Metric.LOAD], intervalMs: 0 },
    { signal: AbortSignal.any([signal, enough.signal]) },
  );
  await endsWith(status.CANCELLED, async () => {
    for await (const round of rounds) {
      say(`round ${round.cursor?.sequence}: enough`);
      enough.abort();
    }
  });
  say("cancelled: CANCELLED");
};

/** A watch that may last 350 ms. The server learns of the deadline with the request, and stops by itself. */
export const deadline: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  let rounds = 0;
  await endsWith(status.DEADLINE_EXCEEDED, async () => {
    for await (const _round of vitals.watch({ metrics: [Metric.LOAD], intervalMs: 0 }, { signal, timeoutMs: 350 })) {
      rounds += 1;
    }
  });
  say(`rounds before the deadline: ${rounds}; then DEADLINE_EXCEEDED`);
};

/** A request that the server refuses. The status says it to people, its BadRequest detail to programs. */
export const invalidArgument: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const refusal = await endsWith(status.INVALID_ARGUMENT, async () => {
    for await (const round of vitals.watch({ metrics: [], intervalMs: 5 }, { signal, timeoutMs: 5_000 })) {
      throw new Error(`round ${round.cursor?.sequence} came for a request that the contract refuses`);
    }
  });
  for (const { field, description } of violationsOf(refusal)) say(`INVALID_ARGUMENT: ${field} ${description}`);
};

/** The error with which `call` ends, if it has this code. @throws what else it throws, and an Error if it ends OK */
async function endsWith(code: status, call: () => Promise<void>): Promise<StatusError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof StatusError && error.code === code) return error;
    throw error;
  }
  throw new Error(`the call ended OK and not with ${status[code]}`);
}
