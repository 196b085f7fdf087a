// Runs the steps of the build that are out of date: install, generate, compile.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { correctGenerated } from "./corrections.mjs";
import { compiledFolders, installed, listOf, outOfDate, root, stamped } from "./freshness.mjs";
import { lock, withLock } from "./lock.mjs";

const { nativeTools } = createRequire(import.meta.url)("./native-tools.cjs");

/** The build cannot continue: the message says why, and what to do. */
class Failed extends Error {}

const buf = ["node_modules/@bufbuild/buf/bin/buf"];
const projects = ["bridge/dist", "dist"].map((folder) => `${folder}/tsconfig.tsbuildinfo`);

/**
 * @param {import("./freshness.mjs").StepName} last
 * @returns {Promise<boolean>} whether the checkout is up to date; if not, the reason is printed, and the exit code is 1
 */
export async function bringUpToDate(last) {
  try {
    // Checked again under the lock: another terminal may have run all steps meanwhile.
    withLock(() => {
      for (const step of outOfDate(last)) buildSteps[step]();
    });
    return true;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    console.error(`quartet: ${error.message}`);
    process.exitCode = 1;
    return false;
  }
}

const buildSteps = {
  install() {
    announce("installing dependencies (npm ci)");
    // npm writes this file at the end. Without it, an install that was interrupted counts as none.
    rmSync(join(root, installed), { force: true });
    // On Windows npm is a shell script: without `shell`, Node does not find it.
    const command = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status, error } = spawnSync("npm", command, { ...spawnOptions, shell: process.platform === "win32" });
    const { missing } = nativeTools(root, { os: process.platform, cpu: process.arch });
    if (status === 0 && missing.length === 0) {
      const now = new Date();
      utimesSync(join(root, installed), now, now);
      return;
    }
    rmSync(join(root, installed), { force: true });
    if (error) throw new Failed(`npm could not be started (${error.message}): it comes with Node, https://nodejs.org`);
    if (status !== 0) throw new Failed("npm ci failed: the lines above say why. The next call tries again");
    throw new Failed(`npm ci left out ${missing.join(", ")}: make doctor says why. The next call tries again`);
  },

  gen() {
    const began = announce("generating code from proto");
    needTools();
    const files = stamped.gen.files();
    const commands = [
      ["generate"],
      ["generate", "--template", "bridge/buf.gen.yaml"],
      ["build", "proto", "--as-file-descriptor-set", "--output", "src/gen/descriptors.binpb"],
    ];
    for (const command of commands) node([...buf, ...command], "generating code");
    correctGenerated(root);
    stampStep({ ...stamped.gen, files: () => files }, began);
  },

  build() {
    const began = announce("compiling to dist");
    needTools();
    // The compiler trusts its .tsbuildinfo, even if output files were removed since.
    const complete = [stamped.build.stamp, "bridge/dist"].every((path) => existsSync(join(root, path)));
    if (!complete) for (const project of projects) rmSync(join(root, project), { force: true });
    const files = stamped.build.files();
    try {
      node(["node_modules/typescript/bin/tsc", "-b"], "compiling");
    } finally {
      for (const [folder, sources] of Object.entries(compiledFolders)) removeStale(folder, sources);
      // The compiler trusts its .tsbuildinfo unless a source is later. A source that was saved meanwhile must be later.
      const before = new Date(began.getTime() - 1000);
      for (const project of projects.filter((path) => existsSync(join(root, path))))
        utimesSync(join(root, project), before, before);
    }
    stampStep({ ...stamped.build, files: () => files }, began);
  },
};

/** Standard output belongs to the program, so the steps print to stderr. */
const spawnOptions = /** @type {const} */ ({ cwd: root, stdio: ["ignore", 2, 2] });

/**
 * Prints the name of a step, and writes the lock again.
 *
 * @returns {Date} now, by the clock of the file system: a file that is saved from now on is not older
 */
function announce(/** @type {string} */ what) {
  console.error(`quartet: ${what} …`);
  writeFileSync(lock, String(process.pid));
  return statSync(lock).mtime;
}

function node(/** @type {string[]} */ command, /** @type {string} */ what) {
  const { status, error } = spawnSync(process.execPath, command, spawnOptions);
  if (status !== 0) throw new Failed(`${what} failed${error ? `: ${error.message}` : ""}: the lines above say why`);
}

/** A node_modules of another machine can run the programs, but cannot build them. */
function needTools() {
  const { os, cpu } = { os: process.platform, cpu: process.arch };
  if (nativeTools(root, { os, cpu }).missing.length > 0)
    throw new Failed(`node_modules is another machine's, and has no tools for ${os} ${cpu}: remove it, and try again`);
}

/**
 * @param {typeof stamped.gen} step
 * @param {Date} began
 */
function stampStep({ stamp, files, outputs }, began) {
  const path = join(root, stamp);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, listOf(files(), outputs()));
  utimesSync(path, began, began);
}

/**
 * Removes the compiled code of deleted sources. The compiler keeps it, and mocha would run a test that was deleted.
 *
 * @param {string} folder of compiled files, from the root
 * @param {string} sources the beginning of the paths of their sources
 */
function removeStale(folder, sources, below = "") {
  const path = join(root, folder, below);
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const name = below + entry.name;
    if (entry.isDirectory()) removeStale(folder, sources, `${name}/`);
    const source = name.match(/^(.*?)(\.js|\.d\.ts)(\.map)?$/)?.[1];
    if (source && !existsSync(join(root, `${sources}${source}.ts`))) rmSync(join(path, entry.name));
  }
  if (below && readdirSync(path).length === 0) rmdirSync(path);
}
