// Makes the steps of the build that are out of date: installs, generates, compiles.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compiledFolders, installed, listOf, outOfDate, root, stamped } from "./freshness.mjs";
import { lock, withLock } from "./lock.mjs";

const { nativeTools } = createRequire(import.meta.url)("./native-tools.cjs");

/** The build cannot go on: the message says why, and what to do. */
class Failed extends Error {}

const buf = ["node_modules/@bufbuild/buf/bin/buf"];
const projects = ["bridge/dist", "dist"].map((folder) => `${folder}/tsconfig.tsbuildinfo`);

/**
 * @param {import("./freshness.mjs").StepName} last
 * @returns {Promise<boolean>} whether it is up to date; if not, what is wrong has been said, and the exit code is 1
 */
export async function bringUpToDate(last) {
  try {
    // Asked again under the lock: another terminal may have made all of it meanwhile.
    withLock(() => {
      for (const step of outOfDate(last)) makers[step]();
    });
    return true;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    console.error(`quartet: ${error.message}`);
    process.exitCode = 1;
    return false;
  }
}

const makers = {
  install() {
    begin("installing dependencies (npm ci)");
    // Without it, an install that is broken off is taken for none.
    rmSync(join(root, installed), { force: true });
    // npm is a script of the shell on Windows: without `shell`, it is not found there.
    const command = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status, error } = spawnSync("npm", command, { ...shared, shell: process.platform === "win32" });
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
    const began = begin("generating code from proto");
    needTools();
    const files = stamped.gen.files();
    const commands = [
      ["generate"],
      ["generate", "--template", "bridge/buf.gen.yaml"],
      ["build", "proto", "--as-file-descriptor-set", "--output", "src/gen/descriptors.binpb"],
    ];
    for (const command of commands) node([...buf, ...command], "generating code");
    stampStep({ ...stamped.gen, files: () => files }, began);
  },

  build() {
    const began = begin("compiling to dist");
    needTools();
    // The compiler believes what it noted at the last time, also about files that have been removed since.
    const complete = [stamped.build.stamp, "bridge/dist"].every((path) => existsSync(join(root, path)));
    if (!complete) for (const project of projects) rmSync(join(root, project), { force: true });
    const files = stamped.build.files();
    try {
      node(["node_modules/typescript/bin/tsc", "-b"], "compiling");
    } finally {
      for (const [folder, sources] of Object.entries(compiledFolders)) removeStale(folder, sources);
      // The compiler trusts its own note unless a file is later. A file that was saved meanwhile must be later.
      const before = new Date(began.getTime() - 1000);
      for (const project of projects.filter((path) => existsSync(join(root, path))))
        utimesSync(join(root, project), before, before);
    }
    stampStep({ ...stamped.build, files: () => files }, began);
  },
};

/** Standard output is the program's: what a step prints goes to stderr. */
const shared = /** @type {const} */ ({ cwd: root, stdio: ["ignore", 2, 2] });

/**
 * Says what is being done.
 *
 * @returns {Date} now, by the clock of the file system: what is saved from here on is not older
 */
function begin(/** @type {string} */ what) {
  console.error(`quartet: ${what} …`);
  writeFileSync(lock, String(process.pid));
  return statSync(lock).mtime;
}

function node(/** @type {string[]} */ command, /** @type {string} */ what) {
  const { status, error } = spawnSync(process.execPath, command, shared);
  if (status !== 0) throw new Failed(`${what} failed${error ? `: ${error.message}` : ""}: the lines above say why`);
}

/** The folder of another machine was not installed anew; here it does not do any more. */
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
 * Removes what was compiled from a file that is gone. The compiler leaves it, and mocha would run a test that was deleted.
 *
 * @param {string} folder of compiled files, from the root
 * @param {string} sources what the paths of their sources begin with
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
