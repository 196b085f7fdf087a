// The client-streaming pair with grpc-js and ts-proto alone, as `make client-streaming RAW=1` runs it. Beside it,
// statistics.ts, server.ts and client.ts are the same with the bridge.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import type { ClientOptions, handleClientStreamingCall, ServerOptions, ServiceError } from "@grpc/grpc-js";
import { credentials, Metadata, Server, status } from "@grpc/grpc-js";
import type { SummarizeRequest, SummarizeResponse } from "#gen/quartet/statistics/v1/statistics.js";
import { StatisticsClient, StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { Summary } from "./summary.js";

/** A server with Summarize, on no port yet. */
export function build(options: ServerOptions = {}): Server {
  const server = new Server(options);
  server.addService(StatisticsService, { summarize: summarize(console.error) });
  return server;
}

// #region raw
export function summarize(
  log: (error: unknown) => void,
): handleClientStreamingCall<SummarizeRequest, SummarizeResponse> {
  // grpc-js ignores the promise of an async handler: whatever this function throws, it has to catch.
  return async (call, callback) => {
    const summary = new Summary();
    try {
      for await (const { values } of call) {
        for (const value of values) {
          if (!Number.isFinite(value)) {
            const details = `values[${summary.count}]: must be a finite number, not a NaN or an infinity`;
            callback({ code: status.INVALID_ARGUMENT, details });
            return;
          }
          summary.add(value);
        }
      }
      // A cancel looks like a half-close until its reset arrives. Two turns catch most of them, and nothing catches
      // all.
      await turn();
      await turn();
      if (call.cancelled) return;
      const { count, min, max, mean, standardDeviation } = summary;
      callback(null, { count, min, max, mean, standardDeviation });
    } catch (error) {
      // The loop throws when the client cancels, too. Then the call is over, and there is nothing to log.
      if (call.cancelled) return;
      log(error);
      callback({ code: status.UNKNOWN, details: "the server failed; its log says more" });
    }
  };
}
// #endregion

const dataFile = new URL("../../../src/client-streaming/data/michelson-1879.txt", import.meta.url);

/** Sends five experiments of 20 numbers each, and says their summary. */
export async function run(address: string, signal: AbortSignal, options: ClientOptions = {}): Promise<void> {
  signal.throwIfAborted();
  const lines = readFileSync(dataFile, "utf8").split("\n");
  const client = new StatisticsClient(address, credentials.createInsecure(), options);
  let outcome: SummarizeResponse | ServiceError | undefined;
  const call = client.summarize(new Metadata(), { deadline: Date.now() + 5_000 }, (error, response) => {
    outcome = error ?? response;
  });
  const over = once(call, "status");
  const cancel = () => call.cancel();
  signal.addEventListener("abort", cancel);
  try {
    for (const line of lines.filter((line) => /^\d/.test(line))) {
      // false: the server does not read. After the end of the call no 'drain' comes, so the end ends this wait as well.
      if (!call.write({ values: line.split(" ").map(Number) })) await Promise.race([once(call, "drain"), over]);
      // The server may have ended the call already. Further writes would succeed, and go nowhere.
      if (outcome) break;
    }
    call.end(); // the half-close: these were all
    await over;
    if (outcome === undefined || outcome instanceof Error) throw outcome;
    console.log(`  ${outcome.count} numbers, their mean is ${outcome.mean}`);
  } finally {
    signal.removeEventListener("abort", cancel);
    call.cancel(); // if the source has failed: without it, the server would wait for the rest
    client.close();
  }
}
