import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { EX_USAGE, onStopRequest } from "../src/host/index.js";

/** The command of a bench program, which adds its own options. */
export function benchCommand(name: string): Command {
  return (
    new Command(name)
      .helpOption("--help", "print this help and end")
      .showHelpAfterError("(--help lists the options)")
      .allowExcessArguments(false)
      .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, `${name}:`)) })
      // Otherwise commander ends the process itself, with exit code 1.
      .exitOverride()
  );
}

/** Prints a line about a failure on stderr. */
export function printFailure(what: string): void {
  console.error(`${pc.red("✗")} ${what}`);
}

/**
 * Runs `main`. Exit codes: the one that main has set; 1 if main throws, with a line on stderr; 64 for wrong usage; 130
 * after ctrl-c.
 *
 * @param main gets a signal that aborts on ctrl-c
 */
export async function runProgram(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const forget = onStopRequest(() => stop.abort(new Error("stopped")));
  try {
    await main(stop.signal);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE;
    else if (stop.signal.aborted) process.exitCode = 130;
    else {
      printFailure(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  } finally {
    forget();
  }
}
