// `make laws`: runs the laws in full and prints the table. Variables of the environment:
//
// - REPEAT=20 runs everything 20 times.
// - LOAD=1 adds one busy process per processor, LOAD=2 two.
// - NODES=20,22,24 runs under each of these versions of Node.
// - SEED=… repeats the random numbers of an earlier run.
//
// These replace all that:
//
// - PEERS=1 checks the laws that are visible from outside, for this bridge and other libraries.
// - MUTATE=1 proves that each law fails when its code is broken, and that no unrelated law does.
// - MUTATE=own proves only the former, and MUTATE=L11 only one law.
import { fork, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import pc from "picocolors";
import { seed } from "../../harness/random.js";
import { lawIds } from "./all-laws.js";
import { proveMutations } from "./mutate.js";
import { nodeOf, thisNode } from "./node-versions.js";
import { type FileReport, inParallel, runFile } from "./run-files.js";
import { rowsOf, table, withoutTest } from "./table.js";

const { REPEAT = "1", LOAD = "0", NODES = "", PEERS = "0", MUTATE = "0" } = process.env;
if (PEERS !== "0" && PEERS !== "") process.exit(comparePeers());
const repeat = Number(REPEAT);
const load = Number(LOAD);
const majors = NODES.split(",").filter(Boolean);
if (!Number.isInteger(repeat) || repeat < 1) refuse(`REPEAT=${REPEAT}: give a number of times, such as REPEAT=20`);
if (!Number.isInteger(load) || load < 0) refuse(`LOAD=${LOAD}: give busy processes per processor, such as LOAD=1`);
if (!majors.every((major) => /^\d+$/.test(major)))
  refuse(`NODES=${NODES}: give major versions, such as NODES=20,22,24`);
if (!["", "0", "1", "own", ...lawIds].includes(MUTATE))
  refuse(`MUTATE=${MUTATE}: give MUTATE=1, MUTATE=own, or a law, such as MUTATE=L11`);

/** Installs the peers, which have their own dependencies, and prints their table. @returns the exit code */
function comparePeers(): number {
  const folder = new URL("../../../../../bench/peers/", import.meta.url);
  for (const program of ["install.js", "laws/main.js"]) {
    const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(program, folder))], { stdio: "inherit" });
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

const here = fileURLToPath(new URL(".", import.meta.url));
const files = ["../../", "../../../../test/"]
  .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)))
  .filter((file) => /[\\/]laws[\\/][^\\/]+\.test\.js$/.test(file) && !file.startsWith(here))
  .sort();

function tell(file: string, { tests: count, failures }: FileReport, seconds: number): void {
  const verdict = failures.length === 0 ? "" : pc.red(`  ${failures.length} failed`);
  const name = basename(file, ".test.js").padEnd(48);
  console.log(`  ${name} ${String(count).padStart(4)} tests ${seconds.toFixed(1).padStart(7)} s${verdict}`);
  for (const { title, error } of failures) console.log(`\n${pc.red(title)}\n${error}\n`);
}

/** Starts `load` busy processes per processor. The returned function ends them. */
function overload(): () => void {
  const program = fileURLToPath(new URL("busy.js", import.meta.url));
  const children = Array.from({ length: load * availableParallelism() }, () => fork(program));
  return () => {
    for (const child of children) child.disconnect();
  };
}

/** Runs the laws REPEAT times under one version of Node. @returns whether all of them hold */
async function prove(major: string): Promise<boolean> {
  const runtime = nodeOf(major);
  const reports: FileReport[] = [];
  for (let time = 1; time <= repeat; time += 1) {
    const seeded = seed + time - 1;
    const which = repeat === 1 ? "" : `, ${time} of ${repeat}`;
    console.log(`\nThe laws in full, Node ${runtime.version}, SEED=${seeded}${which}`);
    const runs = inParallel(files, async (file) => {
      const started = performance.now();
      const report = await runFile(file, { runtime, env: { LAWS: "full", SEED: String(seeded) } });
      tell(file, report, (performance.now() - started) / 1000);
      return report;
    });
    reports.push(...(await runs));
  }
  const rows = rowsOf(reports.flatMap(({ outcomes }) => outcomes));
  const missing = withoutTest(rows);
  console.log(`\n${table(rows).join("\n")}`);
  const failures = reports.reduce((sum, report) => sum + report.failures.length, 0);
  if (missing.length > 0) console.log(pc.red(`\nno test: ${missing.join(", ")}`));
  if (failures > 0) console.log(pc.red(`\n${failures} failed; what is printed above says which, and how.`));
  return failures === 0 && missing.length === 0;
}

/** The proofs. One that throws counts as failed, and the others still run. */
const proofs =
  MUTATE === "" || MUTATE === "0"
    ? (majors.length > 0 ? majors : [thisNode.version.split(".")[0] ?? ""]).map((major) => () => prove(major))
    : [() => proveMutations(files, lawIds.find((id) => id === MUTATE) ?? "all", MUTATE !== "own")];

const began = performance.now();
const relieve = overload();
let hold = true;
try {
  for (const proof of proofs) {
    try {
      if (!(await proof())) hold = false;
    } catch (error) {
      console.error(pc.red(`\n${error instanceof Error ? error.message : error}`));
      hold = false;
    }
  }
} finally {
  relieve();
}
console.log(`\n${((performance.now() - began) / 1000).toFixed(0)} s`);
process.exitCode = hold ? 0 : 1;
