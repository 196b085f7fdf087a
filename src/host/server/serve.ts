import type { ServerInterceptor } from "@grpc/grpc-js";
import { type Command, CommanderError } from "commander";
import { onUnexpectedError } from "quartet-bridge";
import { parseFlags, type ServerFlags, serverCommand } from "../program/flags.js";
import { createLogger, logGrpc } from "../program/logger.js";
import { onStopRequest } from "../program/stop-requests.js";
import { tapFile } from "../program/tap-file.js";
import { EX_USAGE, UsageError } from "../program/usage-error.js";
import type { Hosting, HostOptions, Listening } from "./hosting.js";

/** A server that was started with an IPC channel sends this to its parent once, when it listens. */
export interface ListeningMessage extends Listening {
  readonly type: "listening";
}

/** What a server program adds. */
export interface ServeSettings {
  /** Declares the program's own flags. */
  readonly options?: (command: Command) => Command;
  /** See {@link HostOptions.interceptors}. */
  readonly interceptors?: readonly ServerInterceptor[];
}

/**
 * A server program, from its flags to its last call. stdout gets one line when the server listens, and stderr gets the
 * log. A parent with an IPC channel gets a {@link ListeningMessage}, and may send a `StopMessage`.
 *
 * When it is told to stop, it drains, and then the process ends. A second request ends the open calls. The exit code is
 * 64 for wrong usage, and for a port in use, with one line that says what to do.
 *
 * @param build makes the server from the options and the program's own flags
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
    const tap = await tapFile(flags.tap);
    const hosting = await build({ log, interceptors: [...interceptors, ...tap.server] }, flags);
    const { port, addresses } = await hosting.listen({ host: flags.host, port: flags.port });
    const stopped = untilStopped(hosting, flags.grace, (fields, message) => log.info(fields, message));
    // Last, so that a reader of this line can stop the server.
    console.log(`${name} listening on ${addresses.join(" and ")}`);
    const listening: ListeningMessage = { type: "listening", port, addresses };
    // Without the callback, the error of a parent that has just gone would be thrown.
    process.send?.(listening, undefined, undefined, () => {});
    await stopped;
  } finally {
    forgetErrors();
  }
}

/** Resolves when the server was told to stop and has stopped. */
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
