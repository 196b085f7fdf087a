import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stamps } from "./contents.js";
import { offline } from "./offline.js";
import { archiveFolder } from "./pack.js";

/** What learners and instructors do with an archive. Each command must end with exit code 0. */
const steps: readonly { readonly says: string; readonly args: readonly string[] }[] = [
  { says: "the doctor is content", args: [join("tools", "doctor.cjs")] },
  { says: "the programs are ready", args: [join("tools", "run.cjs"), "build"] },
  {
    says: "from the first screen to a pass, at a terminal",
    args: [join("node_modules", "mocha", "bin", "mocha.js"), join("dist", "test", "exercises", "**", "*.test.js")],
  },
  {
    says: "every start, solution and mistake gets its verdict",
    args: ["--enable-source-maps", join("dist", "exercises", "runner", "main.js"), "verify"],
  },
];

/** The time of the last install, generation and compilation. */
function stampsIn(folder: string): string {
  return Object.keys(stamps)
    .map((stamp) => statSync(join(folder, stamp)).mtimeMs)
    .join(" ");
}

/** Unpacks an archive elsewhere and runs the workshop in it without a network. @returns what failed */
export async function verifyArchive(file: string, say: (line: string) => void): Promise<readonly string[]> {
  // The path has a blank, as on many laptops.
  const folder = await mkdtemp(join(tmpdir(), "quartet unpacked "));
  try {
    // Every system has `tar`, and on Windows it reads a zip too.
    await promisify(execFile)("tar", ["-xf", file, "-C", folder]);
    const unpacked = join(folder, archiveFolder);
    const alone = await offline();
    const before = stampsIn(unpacked);
    say(`unpacked, and run ${alone.how}`);
    const failed: string[] = [];
    for (const { says, args } of steps) {
      say(`\n── ${says}`);
      const code = await alone.run(process.execPath, args, unpacked);
      if (code !== 0) failed.push(`${says}: node ${args.join(" ")} ended with ${code ?? "a signal"}`);
    }
    // Any command could have run a step of the build, which may fail on a laptop without a compiler.
    if (stampsIn(unpacked) !== before) failed.push("something was installed, generated or compiled again");
    return failed;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
