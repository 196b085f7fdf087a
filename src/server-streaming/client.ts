import { type Cases, isMain, runCases } from "../host/index.js";
import { cancel, deadline, invalidArgument } from "./cases/endings.js";
import { replay, replayFast } from "./cases/replay.js";
import { watchRestart } from "./cases/restart.js";
import { observe, watch, watchSlow } from "./cases/watch.js";

/** What this client can show, in the order in which it does. */
export const cases: Cases = {
  replay,
  "replay-fast": replayFast,
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
