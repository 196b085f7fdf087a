import type { Command } from "commander";
import { createLogUpdate } from "log-update";
import { aborted, caller } from "quartet-bridge";
import { finalize, lastValueFrom, take, takeUntil, tap } from "rxjs";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import {
  isMain,
  type ProgramContext,
  program,
  promptBackOff,
  promptConnection,
  wholeNumber,
} from "../../host/index.js";
import { LiveView, plainLine } from "./live-view.js";
import { watchOn } from "./watch-on.js";

interface Flags {
  /** The shortest time between two rounds, in milliseconds. */
  readonly interval: number;
  /** The number of rounds after which to end. */
  readonly rounds?: number;
}

function options(command: Command): Command {
  const whole = wholeNumber(999_999_999, "A whole number.");
  return command
    .description("Watches the vital signs of the server's host, through lost connections and restarts, until ctrl-c.")
    .option("--interval <ms>", "the shortest time between two rounds, 100 to 60,000; 0 for every round", whole, 0)
    .option("--rounds <count>", "end after this many rounds", whole);
}

/** Draws a picture that changes with each round, or prints a line per round if stdout is not a terminal. */
async function main({ client, flags, signal }: ProgramContext<Flags>): Promise<void> {
  const screen = process.stdout.isTTY ? drawn() : printed();
  let reached = false;
  const rounds = watchOn(
    caller(VitalsService, client),
    { metrics: [], intervalMs: flags.interval },
    {
      onRetry({ error, attempt }) {
        // A server that was never reached is not waited for: the address may be wrong, or the server not started.
        if (!reached) throw error;
        screen.trouble(`connection lost, attempt ${attempt} to reconnect`);
      },
      onGap: () => screen.gap(),
      backoff: promptBackOff,
    },
  );
  const seen = rounds.pipe(
    tap((round) => {
      reached = true;
      screen.round(round);
    }),
    take(flags.rounds ?? Number.POSITIVE_INFINITY),
    // Ctrl-c ends the program, and is not an error.
    takeUntil(aborted(signal)),
    finalize(() => screen.end()),
  );
  await lastValueFrom(seen, { defaultValue: undefined });
}

/** What {@link main} shows. */
type Screen = Pick<LiveView, "round" | "gap" | "trouble"> & { end(): void };

function drawn(): Screen {
  const view = new LiveView();
  const update = createLogUpdate(process.stdout);
  const draw = () => update(view.lines(process.stdout.columns).join("\n"));
  process.stdout.on("resize", draw);
  return {
    round(round) {
      view.round(round);
      draw();
    },
    gap: () => view.gap(),
    trouble(why) {
      view.trouble(why);
      draw();
    },
    end() {
      process.stdout.off("resize", draw);
      update.done();
    },
  };
}

function printed(): Screen {
  let inTrouble = false;
  return {
    round(round) {
      inTrouble = false;
      console.log(plainLine(round));
    },
    gap: () => console.log("a gap: the server does not remember the last position"),
    trouble(why) {
      // Once, not at each attempt.
      if (!inTrouble) console.error(why);
      inTrouble = true;
    },
    end() {},
  };
}

if (isMain(import.meta.url)) {
  await program<Flags>("watch", main, {
    options,
    startServer: "make server-streaming-server",
    connection: promptConnection,
  });
}
