import { Command, InvalidArgumentError, Option } from "commander";
import { parseAddress } from "../address.js";
import { logLevels } from "./logger.js";
import { UsageError } from "./usage-error.js";

/** The flags of every server program. */
export interface ServerFlags {
  readonly port: number;
  readonly host: string;
  /** How long open calls may continue after the program was told to stop, in milliseconds. */
  readonly grace: number;
  readonly logLevel: string;
  /** Where to write a recording of all calls; see {@link tapFile}. */
  readonly tap?: string;
}

/** The flags of every client program. */
export interface ClientFlags {
  readonly address: string;
  readonly logLevel: string;
  /** Where to write a recording of all calls; see {@link tapFile}. */
  readonly tap?: string;
}

/** The port of the two-terminal form, which is gRPC's usual one. */
const defaultPort = 50051;

/** A commander command with the flags of a server; the program adds its own and parses with {@link parseFlags}. */
export function serverCommand(name: string): Command {
  return (
    common(name)
      .addOption(
        new Option("--port <number>", "port to listen on; 0 takes a free one")
          .env("PORT")
          .default(defaultPort)
          .argParser(wholeNumber(65_535, "A port is a whole number from 0 to 65535.")),
      )
      // No `.env("HOST")`: shells set HOST to the name of the machine, and the server would be open to the network.
      .addOption(new Option("--host <name>", "address or name to listen on").default("127.0.0.1"))
      .addOption(
        new Option("--grace <seconds>", "how long open calls may go on after SIGINT or SIGTERM")
          .default(5000, "5")
          .argParser(seconds),
      )
  );
}

/** A commander command with the flags of a client; the program adds its own and parses with {@link parseFlags}. */
export function clientCommand(name: string): Command {
  return common(name).addOption(
    new Option("--address <host:port>", "the server's address")
      .env("ADDRESS")
      .default(`localhost:${defaultPort}`)
      .argParser(address),
  );
}

function common(name: string): Command {
  return (
    new Command(name)
      .addOption(new Option("--log-level <level>", "what to log").env("LOG_LEVEL").choices(logLevels).default("info"))
      .option("--tap <file>", "record every call to this file, as JSON lines")
      .helpOption("--help", "print this help and end")
      .showHelpAfterError("(--help lists the options)")
      .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, `${name}:`)) })
      // Without this, commander ends the process by itself, with 1.
      .exitOverride()
  );
}

/**
 * Parses the process's arguments and environment.
 *
 * @returns the flags, in commander's camelCase, as the program declared them
 * @throws CommanderError on wrong usage (its text is already on stderr) and after `--help` (exit code 0)
 */
export function parseFlags<Flags extends object>(command: Command, argv: readonly string[] = process.argv): Flags {
  return command.parse([...argv]).opts<Flags>();
}

function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 3600)) throw new InvalidArgumentError("A grace is a number of seconds from 0 to 3600.");
  return value * 1000;
}

function address(text: string): string {
  try {
    parseAddress(text);
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
  return text;
}

/**
 * Parses the value of a flag for commander: a whole number from 0 to `largest`, with at most nine digits.
 *
 * @param rule the text for a person who typed something else: "A port is a whole number from 0 to 65535."
 */
export function wholeNumber(largest: number, rule: string): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= largest)) throw new InvalidArgumentError(rule);
    return value;
  };
}
