import { type ChannelOptions, type Client, type Interceptor, status } from "@grpc/grpc-js";
import { type Command, CommanderError } from "commander";
import type { Logger } from "pino";
import { CallError } from "quartet-bridge";
import { type ConnectOptions, connect } from "../client/connect.js";
import { type ClientFlags, clientCommand, parseFlags } from "./flags.js";
import { createLogger, logGrpc } from "./logger.js";
import { onStopRequest } from "./stop-requests.js";
import { tapFile } from "./tap-file.js";
import { EX_USAGE, UsageError } from "./usage-error.js";

/** Exit code of a program that ctrl-c ended before it was done: 128 + SIGINT, as shells have it. */
const EX_INTERRUPTED = 130;

/** What the main function of a client program gets. */
export interface ProgramContext<Flags> {
  /** Closed by the program when main has ended. */
  readonly client: Client;
  /** A client for another server than that of the flags, recorded as `client` is, and closed with it. */
  connect(address: string, channelOptions?: ChannelOptions): Client;
  readonly flags: Flags & ClientFlags;
  /** The arguments that are no flags, if the program has declared any. */
  readonly args: readonly string[];
  /** Aborts on ctrl-c, SIGTERM, and when nobody reads stdout any more: give it to every call. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What a client program adds to what all have. */
export interface ProgramSettings {
  /** Adds flags and arguments of the program's own. */
  readonly options?: (command: Command) => Command;
  /** How to start the server, for the hint when nothing listens: "make unary-server". */
  readonly startServer?: string;
  readonly connection?: Omit<ConnectOptions, "interceptors">;
  /** See {@link ConnectOptions.interceptors}. */
  readonly interceptors?: readonly Interceptor[];
}

/**
 * A client program: flags, connection, main, exit code.
 *
 * Exit codes: 0 main has returned (it may set `process.exitCode` itself); 1 it threw, and one line on stderr says what;
 * 64 wrong usage, which main may find too by throwing a UsageError; 130 it threw because ctrl-c had ended its calls.
 */
export async function program<Flags extends object = object>(
  name: string,
  main: (context: ProgramContext<Flags>) => Promise<void>,
  settings: ProgramSettings = {},
): Promise<void> {
  const { options = (command: Command) => command, startServer, connection, interceptors = [] } = settings;
  const stop = new AbortController();
  const forget = onStopRequest((reason) => stop.abort(new Error(`stopped: ${reason}`)));
  // `client | head -1`: without a listener the broken pipe is an uncaught exception; with it the calls end, and nothing
  // is printed.
  const onOutputError = (error: NodeJS.ErrnoException) => stop.abort(error);
  process.stdout.on("error", onOutputError);
  try {
    const command = options(clientCommand(name));
    const flags = parseFlags<Flags & ClientFlags>(command);
    const log = await createLogger(name, flags.logLevel);
    logGrpc(log);
    const tap = tapFile(flags.tap);
    const clients: Client[] = [];
    const connectTo = (address: string, channelOptions?: ChannelOptions) => {
      const options = channelOptions === undefined ? connection : { ...connection, channelOptions };
      const client = connect(address, { ...options, interceptors: [...interceptors, ...tap.client] });
      clients.push(client);
      return client;
    };
    try {
      await main({
        client: connectTo(flags.address),
        connect: connectTo,
        flags,
        args: command.args,
        signal: stop.signal,
        log,
      });
    } catch (error) {
      // The line on stderr is for people; where the error comes from is for those who ask.
      log.debug({ err: error }, "main failed");
      throw sayWhere(error, flags.address, startServer);
    } finally {
      // A cancel that main has asked for goes out a tick later (fact 14): closed before that, the call would live on.
      await new Promise((resolve) => setImmediate(resolve));
      for (const client of clients) client.close();
    }
  } catch (error) {
    process.exitCode = exitCodeOf(error, stop.signal);
    if (process.exitCode !== EX_INTERRUPTED && !(error instanceof CommanderError))
      console.error(`${name}: ${lineOf(error)}`);
  } finally {
    forget();
    process.stdout.off("error", onOutputError);
  }
}

function exitCodeOf(error: unknown, stopped: AbortSignal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EX_USAGE;
  if (error instanceof UsageError) return EX_USAGE;
  return stopped.aborted ? EX_INTERRUPTED : 1;
}

/** The failure that everybody meets first deserves better than "No connection established". */
function sayWhere(error: unknown, address: string, startServer: string | undefined): unknown {
  if (!(error instanceof CallError) || error.code !== status.UNAVAILABLE) return error;
  if (!error.details.includes("ECONNREFUSED")) return error;
  const hint = startServer === undefined ? "start the server first" : `start the server with \`${startServer}\``;
  return new Error(`nothing is listening on ${address}: ${hint}`, { cause: error });
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, " ");
}
