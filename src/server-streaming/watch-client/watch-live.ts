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
  /** The least time between two rounds, in milliseconds. */
  readonly interval: number;
  /** Ends after so many. */
  readonly rounds?: number;
}

function options(command: Command): Command {
  const whole = wholeNumber(999_999_999, "A whole number.");
  return command
    .description("Watches the vital signs of the server's host, through lost connections and restarts, until ctrl-c.")
    .option("--interval <ms>", "the least time between two rounds, 100 to 60,000; 0 is every round", whole, 0)
    .option("--rounds <count>", "end after so many", whole);
}

/** A view that is drawn anew with each round, or, where nobody looks, a line for each. */
async function main({ client, flags, signal }: ProgramContext<Flags>): Promise<void> {
  const screen = process.stdout.isTTY ? drawn() : printed();
  let reached = false;
  const rounds = watchOn(
    caller(VitalsService, client),
    { metrics: [], intervalMs: flags.interval },
    {
      onRetry({ error, attempt }) {
        // Nothing was lost where nothing was there: the address may be wrong, or the server not started.
        if (!reached) throw error;
        screen.trouble(`connection lost, attempt ${attempt} to come back`);
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
    // Ctrl-c is how it ends, and no error.
    takeUntil(aborted(signal)),
    finalize(() => screen.end()),
  );
  await lastValueFrom(seen, { defaultValue: undefined });
}

/** What {@link main} tells a person. */
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
    gap: () => console.log("a gap: the server does not remember where we were"),
    trouble(why) {
      // Once, and not at each attempt.
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
