import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileReport } from "./file-report.js";
import type { Runtime } from "./node-versions.js";

const program = fileURLToPath(new URL("run-file.js", import.meta.url));

/** Runs a file of law tests in full, in a process of its own. */
async function runFile(file: string, runtime: Runtime, seed: number): Promise<FileReport> {
  const child = fork(program, [file], {
    execPath: runtime.path,
    execArgv: ["--enable-source-maps"],
    env: { ...process.env, LAWS: "full", SEED: String(seed) },
    silent: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  let report: FileReport | undefined;
  child.on("message", (message) => {
    report = message as FileReport;
  });
  const [code, signal] = await once(child, "close");
  const failures = report?.failures ?? [{ title: basename(file), error: `its process ended with ${signal ?? code}` }];
  return {
    tests: report?.tests ?? 0,
    outcomes: report?.outcomes ?? [],
    failures: failures.map(({ title, error }) => ({ title, error: `${error}\n${said}`.trimEnd() })),
  };
}

/** Runs each file once, as many at a time as there are processors, and tells `finished` of each as it ends. */
export async function runFiles(
  files: readonly string[],
  runtime: Runtime,
  seed: number,
  finished: (file: string, report: FileReport, seconds: number) => void,
): Promise<FileReport[]> {
  const waiting = [...files];
  const reports: FileReport[] = [];
  async function work(): Promise<void> {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const began = performance.now();
      const report = await runFile(file, runtime, seed);
      reports.push(report);
      finished(file, report, (performance.now() - began) / 1000);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return reports;
}
