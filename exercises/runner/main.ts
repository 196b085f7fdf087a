import { Command, CommanderError } from "commander";
import { newExercise, proveAll } from "./author/commands.js";
import { Malformed } from "./content/regions.js";
import { teach, timetable } from "./instructor/commands.js";
import { checkDone, checkOne, diff, hint, list, reset, solution, watch } from "./learner/commands.js";
import { WrongUsage } from "./learner/options.js";
import { unwritable } from "./learner/work.js";

const EX_USAGE = 64;
const EX_DATAERR = 65;
const EX_CANTCREAT = 73;

const command = new Command("exercises")
  .description("The workshop: one file at a time, and a verdict.")
  .helpOption("--help", "print this help and end")
  .exitOverride();
command.command("check [number]").description("check one").option("--json", "for programs").action(checkOne);
command.command("watch [number]", { isDefault: true }).description("the workshop, at a terminal").action(watch);
command.command("list").description("all exercises, and what is done").action(list);
command.command("hint [number]").description("the next hint").action(hint);
command.command("solution [number]").description("the solution, after a pass").action(solution);
command.command("diff [number]").description("yours against the solution, after a pass").action(diff);
command.command("check-done").description("all that is done, again").action(checkDone);
command.command("reset [number]").description("begin again; what was there is kept").action(reset);
command
  .command("teach [number] [answer]")
  .description("the instructor's notes, and each mistake played; or one of them alone")
  .action(teach);
command.command("schedule").description("a timetable (TRACK=half-day)").action(timetable);
command.command("new").description("for authors: the folder of a new exercise (TITLE=…)").action(newExercise);
command
  .command("verify")
  .description("for authors and CI: that every exercise does what it should")
  .option("--only <number>", "this one alone")
  .action(proveAll);

try {
  await command.parseAsync();
} catch (error) {
  const cannotWrite = unwritable(error);
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE;
  else if (error instanceof WrongUsage || error instanceof Malformed) {
    console.error(`exercises: ${error.message}`);
    process.exitCode = error instanceof WrongUsage ? EX_USAGE : EX_DATAERR;
  } else if (cannotWrite) {
    console.error(`exercises: ${cannotWrite}`);
    process.exitCode = EX_CANTCREAT;
  } else throw error;
}
