import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { EX_USAGE, onStopRequest } from "../src/host/index.js";

/** A command whose options a program of the bench declares. */
export function benchCommand(name: string): Command {
  return (
    new Command(name)
      .helpOption("--help", "print this help and end")
      .showHelpAfterError("(--help lists the options)")
      .allowExcessArguments(false)
      .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, `${name}:`)) })
      // Without it commander ends the process by itself, with 1.
      .exitOverride()
  );
}

/** Prints a line on stderr about what has failed. */
export function printFailure(what: string): void {
  console.error(`${pc.red("✗")} ${what}`);
}

/**
 * Runs `main`. Exit codes: what main has set; 1 if it throws, with a line on stderr; 64 for wrong usage; 130 when ctrl-c
 * has stopped it.
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
