import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exercises, root } from "./exercise.js";

/**
 * Makes the folder of a new exercise, behind the last one: a small one that holds, with a text in each place that says what is
 * to stand there.
 *
 * @param title as a learner reads it: "Knock before you enter"
 * @param parent the folder in which it is made
 * @returns its name, that of its folder
 */
export async function scaffold(title: string, parent = join(root, "exercises")): Promise<string> {
  const last = exercises().at(-1);
  const id = String(Number(last?.id ?? "00") + 1).padStart(2, "0");
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  if (slug === "") throw new Error("a title has letters: TITLE='Knock before you enter'");
  const name = `${id}-${slug}`;
  const folder = join(parent, name);
  if (existsSync(folder)) throw new Error(`${name} is there already`);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files(id, title, last?.part ?? title))) {
    await writeFile(join(folder, file), text);
  }
  return name;
}

function files(id: string, title: string, part: string): Readonly<Record<string, string>> {
  const description = {
    id,
    title,
    part,
    concept: "What one has learned, in a sentence.",
    needs: ["01"],
    difficulty: 2,
    minutes: 10,
    checks: [{ id: "answers", title: "what is asked for is answered" }],
    startFails: "answers",
    mistakes: {
      "never-answers": {
        happened: "The question arrived, and {answers} answers were sent.",
        why: "Why this is not it.",
        try: "What to try next.",
        read: 'README, "The section that says more"',
      },
    },
    docs: ["src/unary/README.md"],
  };
  return {
    "exercise.json": `${JSON.stringify(description, null, 2)}\n`,
    "solution.ts": solution,
    "check.ts": check,
    "mistakes.md": "# Wrong answers\n\n## forgets-to-answer\nGets: never-answers\n```ts\nvoid call;\n```\n",
    "README.md": `# ${id} · ${title}\n\nThe story.\n\n## Your tasks\n\n1. What is to be done.\n\n## The section that says more\n\nWhat one has to know for it.\n`,
    "hints.md":
      "# Hints\n\n## A nudge\n\nA question that leads there.\n\n## Where to look\n\nThe section of the README.\n\n## Almost the code\n\n    callback(…);\n",
    "explain.md": "# Why this is right\n\nWhy, what else there is, and where the suite handles the same.\n",
    "notes.md": "# For the instructor\n\n**Minutes**: 10.\n",
  };
}

const solution = `import type { handleUnaryCall } from "@grpc/grpc-js";
import type { MeasureRequest, Reading } from "#gen/quartet/workshop/v1/workshop.js";

/** What the learner is to write, in a sentence. */
export function measure(value: number): handleUnaryCall<MeasureRequest, Reading> {
  return (call, callback) => {
    // #region yours
    //> // What to do here.
    callback(null, { station: "hill", sequence: 1, instrument: call.request.instrument, value });
    // #endregion
  };
}
`;

const check = `import type { handleUnaryCall, ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type MeasureRequest, type Reading, StationService } from "#gen/quartet/workshop/v1/workshop.js";
import { check, mine, mistake } from "#harness";

const { measure } = await mine<typeof import("./solution.js")>();

check("answers", async (stage) => {
  stage.fact("answers", 0);
  const handler = measure(21.5);
  const counted: handleUnaryCall<MeasureRequest, Reading> = (call, callback) =>
    handler(call, (...answer) => {
      stage.fact("answers", 1);
      callback(...answer);
    });
  const unused = () => {};
  await stage.serve({ definition: StationService, implementation: { measure: counted, watch: unused, operate: unused } });
  const reading = await new Promise<Reading>((resolve, reject) => {
    const answered = (error: ServiceError | null, answer: Reading) => (error ? reject(error) : resolve(answer));
    stage.station().measure({ instrument: Instrument.THERMOMETER }, answered);
  });
  expect(reading.value, "the value that the caller got").to.equal(21.5);
});

mistake("never-answers", ({ silent, facts }) => silent && facts.answers === 0 && {});
`;
