// Runs the file of law tests that the command line names, and sends a FileReport to its parent process. Two more
// arguments choose tests: a pattern for titles, and `only` or `except`.
import Mocha from "mocha";
import { patienceMs } from "../../harness/patience.js";
import { mochaHooks } from "../../harness/root-hooks.js";
import { allDeclared, type Outcome } from "./law.js";
import type { FileReport } from "./run-files.js";

/** Prints nothing, because the parent process prints the table. */
class Silent extends Mocha.reporters.Base {}

const [, , file = "", titles, choice] = process.argv;
const mocha = new Mocha({
  reporter: Silent,
  forbidOnly: true,
  forbidPending: true,
  timeout: patienceMs,
  bail: process.env.LAWS === "least",
});
mocha.rootHooks(mochaHooks);
if (titles) mocha.grep(new RegExp(titles));
if (choice === "except") mocha.invert();
mocha.addFile(file);
await mocha.loadFilesAsync();

const passed = new Set<Mocha.Test>();
const failures: FileReport["failures"][number][] = [];

function outcomes(): Outcome[] {
  return allDeclared().map(([suite, { laws, tried, runs, figures }]) => {
    let holds = true;
    // If a hook fails, mocha skips the later tests: they have not failed, but nothing is proved.
    suite.eachTest((test) => {
      if (!passed.has(test)) holds = false;
    });
    return { laws, tried, runs, figures: [...figures.values()], holds };
  });
}

mocha
  .run()
  .on("pass", (test) => passed.add(test))
  .on("fail", (test, error: unknown) => {
    passed.delete(test);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    failures.push({ title: test.fullTitle(), error: text });
  })
  .on("end", () => {
    const report: FileReport = { tests: passed.size + failures.length, failures, outcomes: outcomes() };
    // Leftovers of a test may keep the process alive. The hooks have reported them already.
    process.send?.(report, () => process.exit());
  });
