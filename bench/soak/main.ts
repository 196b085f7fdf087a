import { InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { benchCommand, printFailure, runProgram } from "../program.js";
import { progress, tableOf } from "./report.js";
import { timed } from "./settings.js";
import { soak } from "./soak.js";

interface Flags {
  readonly minutes: number;
  readonly rooms: number;
  readonly members: number;
  readonly rate: number;
  readonly seed: number;
}

const command = benchCommand("soak")
  .description(
    "Runs the chat with members that talk, join, leave, are cut, killed, stopped and stalled, and checks what each\n" +
      "of them hears, and what the server holds. The exit code is 1 if a promise was broken.",
  )
  .addOption(
    new Option("--minutes <number>", "how long; from 10 on, the heap has a limit")
      .env("MINUTES")
      .default(10)
      .argParser(numberOf("The minutes are a number from 0.1 to 1440.", 0.1, 1440)),
  )
  .addOption(new Option("--rooms <number>", "shared rooms").default(4).argParser(wholeOf("rooms", 1, 100)))
  .addOption(new Option("--members <number>", "members").default(48).argParser(wholeOf("members", 8, 2000)))
  .addOption(new Option("--rate <number>", "messages per second").default(300).argParser(wholeOf("rate", 10, 5000)))
  .addOption(
    new Option("--seed <number>", "draws the same random numbers as the run that printed it")
      .env("SEED")
      .default(Math.trunc(Math.random() * 2 ** 31), "a random one")
      .argParser(wholeOf("seed", 0, 2 ** 31)),
  );

await runProgram(async (signal) => {
  const { minutes, rooms, members, rate, seed } = command.parse().opts<Flags>();
  console.error(`soak: ${minutes} minutes, SEED=${seed}`);
  const outcome = await soak(timed(seed, minutes, rooms, members, rate), { signal, progress });
  console.log(tableOf(outcome));
  if (outcome.broken) {
    printFailure(`${outcome.broken.message} (SEED=${seed})`);
    process.exitCode = 1;
  } else {
    console.log(`${pc.green("✓")} every promise was kept`);
  }
});

function wholeOf(what: string, least: number, most: number): (text: string) => number {
  return numberOf(`The ${what} must be a whole number from ${least} to ${most}.`, least, most, /^\d+$/);
}

function numberOf(rule: string, least: number, most: number, form = /^\d+(\.\d+)?$/): (text: string) => number {
  return (text) => {
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(rule);
    return value;
  };
}
