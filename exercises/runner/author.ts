import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { exerciseAsked, isOn, numberIn, WrongUsage } from "./asked.js";
import { exercises } from "./exercise.js";
import { paint, say } from "./output.js";
import { scaffold } from "./scaffold.js";
import { verify } from "./verify.js";

/** The folder of a new exercise. */
export async function newExercise(): Promise<void> {
  const title = process.env.TITLE ?? "";
  if (title === "") throw new WrongUsage("TITLE says what it is called: TITLE='Knock before you enter'");
  const name = await scaffold(title);
  say(`made exercises/${name}. Write it, and then: npm run format, UPDATE=1 npm run -s exercises-verify`);
}

/** That every exercise does what it should. */
export async function proveAll({ only }: { readonly only?: string }): Promise<void> {
  const repeat = numberIn("REPEAT") || 1;
  const chosen = only === undefined ? exercises() : [await exerciseAsked(only)];
  // Processes that leave no processor alone: what holds only on an idle machine does not hold.
  const busy = Array.from({ length: numberIn("LOAD") * availableParallelism() }, () =>
    fork(fileURLToPath(new URL("../../bridge/test/laws/proof/busy.js", import.meta.url))),
  );
  const began = performance.now();
  const { passed, failures, tookMs, waitedMs } = await verify({ repeat, update: isOn("UPDATE"), chosen, say }).finally(
    () => {
      for (const child of busy) child.disconnect();
    },
  );
  say("");
  for (const failure of failures) say(`${paint.yet("✗")} ${failure}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(`${passed} verdicts as they should be, ${failures.length} objections, in ${seconds} s`);
  say(`a verdict: ${spreadOf(tookMs)}, from a file that is compiled, in as many processes as there are processors`);
  say(`from saving to the verdict: ${spreadOf(waitedMs)}, as a learner waits`);
  if (failures.length > 0) process.exitCode = 1;
}

function spreadOf(tookMs: readonly number[]): string {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `${median.toFixed(0)} ms in the median, ${(sorted.at(-1) ?? 0).toFixed(0)} ms at most`;
}
