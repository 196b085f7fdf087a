import { status } from "@grpc/grpc-js";
import { caller, violationsOf } from "quartet-bridge";
import { Metric, VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { type Case, failure } from "../../host/index.js";

/** A watch that is ended from outside its loop: an AbortSignal cancels the call, and the loop throws CANCELLED. */
export const cancel: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const enough = new AbortController();
  const rounds = vitals.watch(
    { metrics: [Metric.LOAD], intervalMs: 0 },
    { signal: AbortSignal.any([signal, enough.signal]) },
  );
  const watching = async () => {
    for await (const round of rounds) {
      say(`round ${round.cursor?.sequence}: enough`);
      enough.abort();
    }
  };
  await failure(status.CANCELLED, watching());
  say("cancelled: CANCELLED");
};

/** A watch that may last 350 ms. The server learns of the deadline with the request, and stops by itself. */
export const deadline: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  let rounds = 0;
  const watching = async () => {
    for await (const _round of vitals.watch({ metrics: [Metric.LOAD], intervalMs: 0 }, { signal, timeoutMs: 350 })) {
      rounds += 1;
    }
  };
  await failure(status.DEADLINE_EXCEEDED, watching());
  say(`rounds before the deadline: ${rounds}; then DEADLINE_EXCEEDED`);
};

/** A request that the server refuses. The status says it to people, its BadRequest detail to programs. */
export const invalidArgument: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  const tooOften = vitals.watch({ metrics: [], intervalMs: 5 }, { signal, timeoutMs: 5_000 });
  const refusal = await failure(status.INVALID_ARGUMENT, tooOften);
  for (const { field, description } of violationsOf(refusal)) say(`INVALID_ARGUMENT: ${field} ${description}`);
};
