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

/** The exit code after ctrl-c: 128 + SIGINT, as in shells. */
const EX_INTERRUPTED = 130;

/** What the main function of a client program gets. */
export interface ProgramContext<Flags> {
  /** The program closes it after main. */
  readonly client: Client;
  /** Returns a client for another server. It is recorded and closed as `client` is. */
  connect(address: string, channelOptions?: ChannelOptions): Client;
  readonly flags: Flags & ClientFlags;
  /** The arguments that are not flags, if the program has declared any. */
  readonly args: readonly string[];
  /** Aborts at ctrl-c, at SIGTERM, and when the reader of stdout has gone. Give it to every call. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What a client program adds. */
export interface ProgramSettings {
  /** Declares the program's own flags and arguments. */
  readonly options?: (command: Command) => Command;
  /** The command that starts the server, for the hint if nothing listens: "make unary-server". */
  readonly startServer?: string;
  readonly connection?: Omit<ConnectOptions, "interceptors">;
  /** See {@link ConnectOptions.interceptors}. */
  readonly interceptors?: readonly Interceptor[];
}

/**
 * A client program: flags, connection, main, exit code.
 *
 * Exit codes: 0 if main returns (it may set `process.exitCode` itself); 1 if it throws, with one line on stderr; 64 for
 * wrong usage, also if main throws a UsageError; 130 if ctrl-c ended its calls.
 */
export async function program<Flags extends object = object>(
  name: string,
  main: (context: ProgramContext<Flags>) => Promise<void>,
  settings: ProgramSettings = {},
): Promise<void> {
  const { options = (command: Command) => command, startServer, connection, interceptors = [] } = settings;
  const stop = new AbortController();
  const forget = onStopRequest((reason) => stop.abort(new Error(`stopped: ${reason}`)));
  // `client | head -1` breaks the pipe. Without a listener that is an uncaught exception; with it the calls end
  // quietly.
  const onOutputError = (error: NodeJS.ErrnoException) => stop.abort(error);
  process.stdout.on("error", onOutputError);
  try {
    const command = options(clientCommand(name));
    const flags = parseFlags<Flags & ClientFlags>(command);
    const log = await createLogger(name, flags.logLevel);
    logGrpc(log);
    const tap = await tapFile(flags.tap);
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
      // People get one line on stderr. The log has the stack, at debug.
      log.debug({ err: error }, "main failed");
      throw sayWhere(error, flags.address, startServer);
    } finally {
      // A cancel goes out one turn later (fact 14). If the client closed before that, the call would live on.
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

/** People meet this failure first, and "No connection established" does not say what to do. */
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
