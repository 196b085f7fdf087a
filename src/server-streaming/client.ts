import { caller } from "quartet-bridge";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { type Case, type Cases, isMain, runCases } from "../host/index.js";
import { cancel, deadline, invalidArgument } from "./cases/endings.js";
import { fastReader, slowReader } from "./cases/replay.js";
import { watchRestart } from "./cases/restart.js";
import { observe, watch, watchSlow } from "./cases/watch.js";
import { readingsText } from "./watch-client/metric-text.js";

/** One request, five answers, and the end of the stream. */
export const fiveReadings: Case = async ({ client, signal, say }) => {
  const vitals = caller(VitalsService, client);
  let last = 0;
  for await (const { sequence, readings } of vitals.replay({ count: 5 }, { timeoutMs: 5_000, signal })) {
    say(`${sequence}: ${readingsText(readings.slice(0, 2))}`);
    last = sequence;
  }
  if (last !== 5) throw new Error(`the stream ended after ${last} of 5 readings`);
};

/** The cases of this client, in order. */
export const cases: Cases = {
  "five-readings": fiveReadings,
  "slow-reader": slowReader,
  "fast-reader": fastReader,
  watch,
  "watch-slow": watchSlow,
  observe,
  cancel,
  deadline,
  "invalid-argument": invalidArgument,
  "watch-restart": watchRestart,
};

if (isMain(import.meta.url))
  await runCases("server-streaming-client", cases, { startServer: "make server-streaming-server" });
