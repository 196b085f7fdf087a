export { grouped } from "../tap/index.js";
export { type ConnectOptions, connect, promptBackOff, promptConnection, waitUntilServing } from "./client/connect.js";
export { maxMessageBytes } from "./limits.js";
export { type Case, type CaseContext, type Cases, runCases } from "./program/cases.js";
export { type Child, type ServerChild, startChild, startServer } from "./program/children.js";
export { failure } from "./program/expected-failure.js";
export { type ClientFlags, type ServerFlags, wholeNumber } from "./program/flags.js";
export { isMain } from "./program/is-main.js";
export { type ProgramContext, type ProgramSettings, program } from "./program/program.js";
export { onStopRequest, type StopMessage } from "./program/stop-requests.js";
export { type TapFile, tapFile } from "./program/tap-file.js";
export { EX_USAGE, UsageError } from "./program/usage-error.js";
export type { Health } from "./server/health.js";
export {
  type HostedService,
  type Hosting,
  type HostOptions,
  handwritten,
  host,
  type Listening,
} from "./server/hosting.js";
export { type ListeningMessage, type ServeSettings, serve } from "./server/serve.js";
