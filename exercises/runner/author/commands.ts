import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { exercises } from "../content/exercise.js";
import { exerciseAsked, isOn, numberIn, WrongUsage } from "../learner/options.js";
import { paint, say } from "../screen/text.js";
import { scaffold } from "./scaffold.js";
import { learnersWaits, verify } from "./verify.js";

/** Makes the folder of a new exercise. */
export function newExercise(): void {
  const title = process.env.TITLE ?? "";
  if (title === "") throw new WrongUsage("TITLE says what it is called: TITLE='Knock before you enter'");
  const name = scaffold(title);
  say(
    `made exercises/${name}, a copy of the first exercise. Change it, and then: npm run format, UPDATE=1 npm run -s exercises-verify`,
  );
}

/** Proves that each exercise does what it should. */
export async function proveAll({ only }: { readonly only?: string }): Promise<void> {
  const repeat = numberIn("REPEAT") || 1;
  const chosen = only === undefined ? exercises() : [exerciseAsked(only)];
  // These processes keep each processor busy, because some faults do not show on an idle machine.
  const busy = Array.from({ length: numberIn("LOAD") * availableParallelism() }, () =>
    fork(fileURLToPath(new URL("../../../bridge/test/laws/proof/busy.js", import.meta.url))),
  );
  const began = performance.now();
  const proof = verify({ repeat, update: isOn("UPDATE"), chosen, say }).finally(() => {
    for (const child of busy) child.disconnect();
  });
  const { passed, failures, tookMs } = await proof;
  const waitedMs = await learnersWaits(chosen);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(
    "",
    ...failures.map((failure) => `${paint.yet("✗")} ${failure}`),
    `${passed} verdicts as they should be, ${failures.length} objections, in ${seconds} s`,
    `a verdict: ${spreadOf(tookMs)}, from a file that is compiled, in as many processes as there are processors`,
    `from saving to the verdict: ${spreadOf(waitedMs)}, as a learner waits`,
  );
  if (failures.length > 0) process.exitCode = 1;
}

function spreadOf(tookMs: readonly number[]): string {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `${median.toFixed(0)} ms in the median, ${(sorted.at(-1) ?? 0).toFixed(0)} ms at most`;
}
