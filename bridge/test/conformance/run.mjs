// Runs connectrpc's conformance suite against the bridge, as a server and as a client: `make conformance`. Exit code 0:
// only what the lists of this folder name has failed; 1: something else has; 3: Go, or the network to build the suite,
// is not here.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const here = "bridge/test/conformance";
const read = (file) => readFileSync(join(root, here, file), "utf8");

const suite = "connectrpc.com/conformance";
const version = read("suite-version.txt").trim();
const bin = join(root, ".conformance", version);

/** The cases that ONLY names, in the suite's patterns; all unless told. */
const only = process.env.ONLY;

/** What this machine lacks, and what to do. */
class NotHere extends Error {}

try {
  prepare();
  // One after the other: cases with a deadline want an idle processor.
  const sides = [prove("server", "--parallel", "8"), prove("client")];
  process.exitCode = sides.includes(false) || !sides.includes(true) ? 1 : 0;
} catch (error) {
  if (!(error instanceof NotHere)) throw error;
  console.error(`conformance: ${error.message}`);
  process.exitCode = 3;
}

/** Builds the suite once, and our two programs with the contracts that the suite has. */
function prepare() {
  if (spawnSync("go", ["version"]).error)
    throw new NotHere("there is no Go on this machine: install it, and try again");
  const network = "the suite cannot be built: is there a network?";
  if (!existsSync(bin)) {
    console.log(`building ${suite} ${version} with Go, which takes minutes, once …`);
    run("go", ["install", `${suite}/cmd/connectconformance@${version}`], network, { GOBIN: bin });
  }
  const module = JSON.parse(run("go", ["mod", "download", "-json", `${suite}@${version}`], network));
  const contracts = ["generate", join(module.Dir, "proto"), "--template", `${here}/buf.gen.yaml`];
  run(process.execPath, ["node_modules/@bufbuild/buf/bin/buf", ...contracts]);
  run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", here]);
}

/**
 * @param {string} [otherwise] what a failure means, if this machine is the reason
 * @returns what the command printed
 */
function run(command, args, otherwise, env = {}) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  if (status === 0) return stdout;
  const output = `${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`.trimEnd();
  throw otherwise ? new NotHere(`${otherwise}\n${output}`) : new Error(`${args.join(" ")} failed:\n${output}`);
}

/**
 * Proves one side, and prints what is new.
 *
 * @returns whether only known cases have failed; undefined if ONLY names none of this side's cases
 */
function prove(side, ...options) {
  const failing = linesOf("known-failing.txt", side);
  const flaky = linesOf("known-flaky.txt", side);
  const output = runSuite(side, [
    ...options,
    ...failing.flatMap(({ cases }) => ["--known-failing", cases]),
    ...flaky.flatMap(({ cases }) => ["--known-flaky", cases]),
    ...(only ? ["--run", only, "--trace"] : []),
  ]);
  const [, total, passed] = output.match(/^Total cases: (\d+)\n(\d+) passed/m) ?? [];
  if (only && total === undefined) return undefined;
  if (only) console.log(output);

  const failures = failuresIn(output);
  const unknown = failures.filter((failure) => ![...failing, ...flaky].some((line) => explains(line, failure)));
  const mended = [...output.matchAll(/^FAILED: (.+) was expected to fail but did not$/gm)].map(([, name]) => name);
  const [, notRun = total === undefined ? "all" : undefined] = output.match(/^Another (\d+) could not be run/m) ?? [];
  printUnknown(side, unknown);
  for (const name of mended) console.log(`\n${side}, mended: ${name}\n  Take its line out of known-failing.txt.`);
  if (notRun) console.log(`\n${side}: ${notRun} cases did not run: our ${side} ended early, or never answered.`);

  const news = unknown.length + mended.length;
  const counts = [`${failures.length - unknown.length} known`, ...(news > 0 ? [`${news} new`] : [])];
  console.log(`${side}: ${passed ?? 0} of ${total ?? 0} pass, ${counts.join(", ")}`);
  return news === 0 && notRun === undefined;
}

/** @returns what the suite printed; what our programs print as errors is shown at once */
function runSuite(side, options) {
  const program = [process.execPath, "--enable-source-maps", `.conformance/program/${side}.js`];
  const { error, stdout } = spawnSync(
    join(bin, "connectconformance"),
    ["--mode", side, "--conf", `${here}/config.yaml`, "--max-servers", "2", ...options, "--", ...program],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (error) throw error;
  return stdout;
}

/** The cases that have failed, and the suite's reasons. */
function failuresIn(output) {
  const reports = output.matchAll(/^(?:FAILED|INFO): (.+?)(?: failed \(as expected\))?:\n((?:\t.*\n)*)/gm);
  return [...reports].map(([, name, reason]) => ({ name, reason: reason.trim().split(/\s+/) }));
}

/** A line with another reason is for another failure: a list must hide no second fault. */
function explains({ cases, says }, { name, reason }) {
  return matches(name.split("/"), cases.split("/")) && matches(reason, says.split(" "));
}

/** Many cases often fail for one reason. */
function printUnknown(side, failures) {
  for (const reason of new Set(failures.map(summary))) {
    const names = failures.filter((failure) => summary(failure) === reason).map(({ name }) => `  ${name}`);
    console.log(`\n${side}, new: ${reason}\n${names.join("\n")}`);
  }
  if (failures.length === 0) return;
  console.log("\nMend the bridge; or, if the cause is not ours, name it in known-failing.txt or known-flaky.txt.");
  console.log("To see what went over the wire: make conformance ONLY='…', with the name of a case.");
}

/** The reason of a failure. It may have a whole message in base64, which is left out. */
function summary({ reason }) {
  return reason.map((word) => (word.length > 60 ? "…" : word)).join(" ");
}

/** The lines of a list for one side. */
function linesOf(list, side) {
  return read(list)
    .split("\n")
    .filter((line) => line.startsWith(`${side} | `))
    .map((line) => {
      const [, cases, says] = line.split(" | ");
      return { cases, says };
    });
}

/** Whether `parts` match a pattern: `*` is one part, `**` any number of them. */
function matches(parts, [first, ...rest]) {
  if (first === undefined) return parts.length === 0;
  if (first === "**") return matches(parts, rest) || (parts.length > 0 && matches(parts.slice(1), [first, ...rest]));
  return parts.length > 0 && (first === "*" || first === parts[0]) && matches(parts.slice(1), rest);
}
