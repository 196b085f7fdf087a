import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { findPinning } from "./measure/pinning.js";
import { installPeers, peerVersions } from "./peers.js";
import { benchCommand, printFailure, runProgram } from "./program.js";
import { pageOf } from "./report/page.js";
import { progress } from "./report/progress.js";
import { circumstances, describeMachine, missed, misses, type Report } from "./report/report.js";
import { tableOf } from "./report/table.js";
import { fullScale, quickScale, run, stepsOf } from "./run.js";
import { benchWorks, worksNamed } from "./works/index.js";
import type { BenchWork, Scale } from "./works/work.js";

/** The share of each bar that a quick run must reach. It finds what broke, and cannot settle a tenth. */
const quickGate = 0.7;

const command = benchCommand("bench")
  .description(
    `Measures the bridge against bare grpc-js, and also raw node:http2 and the peers.\n\n` +
      `What there is to measure:\n${benchWorks.map(({ name, title }) => `  ${name.padEnd(24)} ${title}`).join("\n")}`,
  )
  .addOption(new Option("--only <name>", "measure only this, or all whose names begin with it: fan-out").env("ONLY"))
  .option("--quick", "only works with a bar, shorter; requires 70 % of each bar", false)
  .option("--markdown", "print only the table, for a page", false)
  .option("--out <folder>", "where the JSON and the HTML file go", "bench-results");

interface Flags {
  readonly only?: string;
  readonly quick: boolean;
  readonly markdown: boolean;
  readonly out: string;
}

await runProgram(async (signal) => {
  const flags = command.parse().opts<Flags>();
  const report = await measured(choose(flags), flags, signal);
  console.log(flags.markdown ? tableOf(report) : `${circumstances(report)}\n\n${tableOf(report)}\n`);
  console.error(`written: ${written(report, flags.out).join(", ")}`);
  for (const miss of misses(report)) {
    printFailure(miss);
    // A quick run is short, and machines are shared: its misses are printed, but do not fail the run.
    if (!flags.quick) process.exitCode = 1;
  }
});

function choose({ only, quick }: Flags): readonly BenchWork[] {
  const offered = quick ? benchWorks.filter(({ barred }) => barred) : benchWorks;
  // `make bench ONLY=` names no work, so it runs all.
  if (only === undefined || only === "") return offered;
  const chosen = worksNamed(only).filter((work) => offered.includes(work));
  if (chosen.length > 0) return chosen;
  return command.error(
    `error: there is nothing to measure called '${only}'; there are ${offered.map(({ name }) => name).join(", ")}`,
  );
}

async function measured(works: readonly BenchWork[], { quick }: Flags, signal: AbortSignal): Promise<Report> {
  const began = new Date().toISOString();
  const scale = quick ? quickScale : fullScale;
  if (scale.beside && !installPeers()) console.error("bench: without the peers, which cannot be installed here");
  const pinning = findPinning();
  if (!pinning.pinned) console.error(`bench: the processes are not pinned (${pinning.why}); expect a wide spread`);
  const measure = async (some: readonly BenchWork[], much: Scale) => {
    const shown = progress(stepsOf(some, much));
    try {
      return await run(some, much, { pinning, signal }, shown);
    } finally {
      shown.end();
    }
  };
  const report: Report = {
    began,
    mode: quick ? "quick" : "full",
    machine: describeMachine(pinning),
    versions: { ...(quick ? {} : peerVersions()), ...ownVersions() },
    gate: quick ? quickGate : 1,
    works: await measure(works, scale),
  };
  const doubtful = quick ? works.filter(({ name }) => missed(report).some(({ work }) => work === name)) : [];
  if (doubtful.length === 0) return report;
  // Three short rounds are few on a shared machine, so what misses its bar is measured again, for longer.
  console.error(`bench: measured again, with more rounds: ${doubtful.map(({ name }) => name).join(", ")}`);
  const again = await measure(doubtful, { ...scale, rounds: 2 * scale.rounds + 1 });
  return { ...report, works: report.works.map((each) => again.find(({ name }) => name === each.name) ?? each) };
}

function ownVersions(): Record<string, string> {
  const manifest: { dependencies: Record<string, string>; devDependencies: Record<string, string> } = JSON.parse(
    readFileSync("package.json", "utf8"),
  );
  const { dependencies, devDependencies } = manifest;
  return {
    "@grpc/grpc-js": dependencies["@grpc/grpc-js"] ?? "",
    "ts-proto": devDependencies["ts-proto"] ?? "",
  };
}

function written(report: Report, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  const write = (ending: string, text: string) => {
    const file = join(folder, `${report.mode}.${ending}`);
    writeFileSync(file, text);
    return file;
  };
  return [write("json", `${JSON.stringify(report, null, 2)}\n`), write("html", pageOf(report))];
}
