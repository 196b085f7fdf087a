import type { ServerInterceptor } from "@grpc/grpc-js";
import { type Command, CommanderError } from "commander";
import { onUnexpectedError } from "quartet-bridge";
import { parseFlags, type ServerFlags, serverCommand } from "../program/flags.js";
import { createLogger, logGrpc } from "../program/logger.js";
import { onStopRequest } from "../program/stop-requests.js";
import { tapFile } from "../program/tap-file.js";
import { EX_USAGE, UsageError } from "../program/usage-error.js";
import type { Hosting, HostOptions, Listening } from "./hosting.js";

/** What a server that was started with an IPC channel tells its parent, once: where it listens, as soon as it does. */
export interface ListeningMessage extends Listening {
  readonly type: "listening";
}

/** What a server program adds to what all have. */
export interface ServeSettings {
  /** Adds flags of the program's own. */
  readonly options?: (command: Command) => Command;
  /** See {@link HostOptions.interceptors}. */
  readonly interceptors?: readonly ServerInterceptor[];
}

/**
 * A server program, from its flags to its last call. stdout gets one line when the server listens; stderr gets the log.
 * A parent with an IPC channel gets a {@link ListeningMessage}, and may send a `StopMessage`.
 *
 * It ends when it is told to stop and its calls have ended: then nothing is left that keeps the process alive. Told a
 * second time it ends the calls itself. Exit code 64 for wrong usage, a port in use included, with one line that says
 * what to do.
 *
 * @param build makes the server; gets the program's own flags too
 */
export async function serve<Flags extends object = object>(
  name: string,
  build: (options: HostOptions, flags: Flags & ServerFlags) => Hosting | Promise<Hosting>,
  { options = (command) => command, interceptors = [] }: ServeSettings = {},
): Promise<void> {
  try {
    await run(name, build, parseFlags<Flags & ServerFlags>(options(serverCommand(name))), interceptors);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE;
    } else if (error instanceof UsageError) {
      console.error(`${name}: ${error.message}`);
      process.exitCode = EX_USAGE;
    } else {
      throw error;
    }
  }
}

async function run<Flags extends ServerFlags>(
  name: string,
  build: (options: HostOptions, flags: Flags) => Hosting | Promise<Hosting>,
  flags: Flags,
  interceptors: readonly ServerInterceptor[],
): Promise<void> {
  const log = await createLogger(name, flags.logLevel);
  logGrpc(log);
  const forgetErrors = onUnexpectedError(({ path, error }) =>
    log.error({ path, err: error }, `a handler of ${path} failed`),
  );
  try {
    const tap = tapFile(flags.tap);
    const hosting = await build({ log, interceptors: [...interceptors, ...tap.server] }, flags);
    const { port, addresses } = await hosting.listen({ host: flags.host, port: flags.port });
    const stopped = untilStopped(hosting, flags.grace, (fields, message) => log.info(fields, message));
    // Last, so that whoever reads it can stop the server from then on.
    console.log(`${name} listening on ${addresses.join(" and ")}`);
    const listening: ListeningMessage = { type: "listening", port, addresses };
    // The callback takes the error of a parent that has just gone; without it the error would be thrown.
    process.send?.(listening, undefined, undefined, () => {});
    await stopped;
  } finally {
    forgetErrors();
  }
}

/** Settles when the server was told to stop and has stopped. */
function untilStopped(
  hosting: Hosting,
  graceMs: number,
  say: (fields: object, message: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = onStopRequest((reason, times) => {
      if (times > 1) {
        say({ reason }, "stopping now");
        void hosting.force();
        return;
      }
      say({ reason, graceMs }, "draining; a second signal stops at once");
      hosting
        .drain(graceMs)
        .then((left) =>
          say({ left }, left === 0 ? "stopped: every call ended by itself" : "stopped: calls had to be ended"),
        )
        .finally(forget)
        .then(resolve, reject);
    });
  });
}
