// Which steps of the build must run again. Every target asks, so this only takes milliseconds of file system calls.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const { nativeTools } = createRequire(import.meta.url)("./native-tools.cjs");

export const root = fileURLToPath(new URL("..", import.meta.url));

/** @typedef {"install" | "gen" | "build"} StepName */

/** npm writes it at the end of an install. */
export const installed = "node_modules/.package-lock.json";

export const generatedFolders = ["src/gen", "bridge/src/gen"];
/** The folders of compiled code, and the beginnings of the paths of their sources. */
export const compiledFolders = { dist: "", "bridge/dist": "bridge/src/" };

/**
 * A step that reads files and writes files. Its stamp has the time at which the step began, and lists the files that it
 * read. A file saved since then has that time or a later one; a removed file is only on the list.
 */
export const stamped = {
  gen: {
    stamp: "src/gen/.stamp",
    files: () => [
      ...filesIn(["proto", "bench/proto"], ".proto"),
      ...present(["buf.yaml", "buf.gen.yaml", "bridge/buf.gen.yaml", "tools/corrections.mjs", "package-lock.json"]),
    ],
    outputs: () => filesIn(generatedFolders, "").map(([name]) => name),
  },
  build: {
    stamp: "dist/.stamp",
    files: () => [
      ...filesIn(["src", "test", "bench", "exercises", "bridge/src", "bridge/test"], ".ts", notScanned),
      ...present([
        "tsconfig.json",
        "tsconfig.base.json",
        "bridge/tsconfig.json",
        "package.json",
        "bridge/package.json",
      ]),
      ...present(["src/gen/.stamp"]),
    ],
    // The stamp is in `dist`, so only a removed `bridge/dist` must be noticed here.
    outputs: () => (existsSync(join(root, "bridge/dist")) ? ["bridge/dist"] : []),
  },
};

/** Generated code with its own stamp, bench/peers without TypeScript, and what `make conformance` compiles. */
const notScanned = new Set([...generatedFolders, "bench/peers", "bridge/test/conformance"]);

/**
 * @param {StepName} last the last step that the target needs
 * @returns {StepName[]} the steps that must run, in their order
 */
export function outOfDate(last) {
  /** @type {StepName[]} */
  const names = ["install", "gen", "build"];
  const wanted = names.slice(0, names.indexOf(last) + 1);
  const first = wanted.findIndex(isStale);
  return first === -1 ? [] : wanted.slice(first);
}

/** Looks only at the files: you may have run `npm ci`, or unpacked an archive. */
function mustInstall() {
  if (modified(installed) < modified("package-lock.json")) return true;
  const { missing, foreign } = nativeTools(root, { os: process.platform, cpu: process.arch });
  // A node_modules of another machine runs compiled code. An install would remove it, and may fail without a network.
  return missing.length > 0 && !foreign;
}

/** @param {StepName} name */
function isStale(name) {
  if (name === "install") return mustInstall();
  const { stamp, files, outputs } = stamped[name];
  const made = modified(stamp);
  if (made === 0) return true;
  const there = files();
  return there.some(([, time]) => time >= made) || readFileSync(join(root, stamp), "utf8") !== listOf(there, outputs());
}

/**
 * What a stamp holds.
 *
 * @param {[string, number][]} files
 * @param {string[]} outputs
 */
export function listOf(files, outputs) {
  return [...files.map(([name]) => name), ...outputs].sort().join("\n");
}

/** In milliseconds; 0 if there is no such file. */
export function modified(/** @type {string} */ file) {
  return statSync(root + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * The files below folders, with the times when they were saved.
 *
 * @param {string[]} folders from the root
 * @param {string} ending of their names
 * @param {Set<string>} [except] folders that are not scanned
 * @param {[string, number][]} [found]
 */
function filesIn(folders, ending, except, found = []) {
  for (const folder of folders) {
    if (!existsSync(root + folder)) continue;
    for (const entry of readdirSync(root + folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      // The compilers do not read such files either: Emacs locks `client.ts` with a broken link `.#client.ts`.
      if (entry.name.startsWith(".") || except?.has(path)) continue;
      if (entry.isDirectory()) filesIn([path], ending, except, found);
      else if (entry.name.endsWith(ending)) found.push(...present([path]));
    }
  }
  return found;
}

/**
 * @param {string[]} files
 * @returns {[string, number][]}
 */
function present(files) {
  return files.map((file) => /** @type {[string, number]} */ ([file, modified(file)])).filter(([, time]) => time > 0);
}
