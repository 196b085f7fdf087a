// A temporary folder in which packages are installed and programs run: for the checks of the package and for its
// consumers.
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

export const bridge = fileURLToPath(new URL("../../", import.meta.url));

const running = new Set();

/** A program that failed: `output` is all that it printed. */
export class Failure extends Error {
  constructor(what, output = "") {
    super(what);
    this.output = output;
  }
}

/**
 * Runs a JavaScript program with Node. @returns what it printed
 * @throws Failure when its exit code is not 0, or when it takes more than two minutes
 */
export function node(cwd, ...args) {
  const [program] = args;
  return run(process.execPath, args, cwd, program);
}

/** Runs npm: the one that started this program, if one did. */
export function npm(cwd, ...args) {
  const started = process.env.npm_execpath;
  if (started) return run(process.execPath, [started, ...args], cwd, `npm ${args[0]}`);
  return run("npm", args, cwd, `npm ${args[0]}`, process.platform === "win32");
}

async function run(command, args, cwd, what, shell = false) {
  const child = spawn(command, args, { cwd, shell, stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const ended = await new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code, signal) => resolve(code ?? signal));
  }).finally(() => running.delete(child));
  if (ended !== 0) throw new Failure(`${what} ended with ${ended}`, output);
  return output;
}

/** Gives `work` a temporary folder. The folder is removed afterwards, even if the program is interrupted. */
export async function inTemporaryFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "quartet-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const interrupted = (signal) => {
    for (const child of running) child.kill();
    remove();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    return await work(folder);
  } catch (error) {
    console.error(error instanceof Failure ? `${error.message}\n${error.output}` : error);
    process.exitCode = 1;
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    remove();
  }
}

/**
 * Packs the bridge as `quartet-bridge.tgz` in `folder`. It packs a copy, because it takes something out of the files:
 * the maps in dist lead to the sources of this repository and stay out of the package, so the comments that name them
 * must stay out too. vite prints a stack trace for every file whose map is missing.
 * @returns npm's description of the tarball: name, files and sizes
 */
export async function pack(folder) {
  if (!existsSync(join(bridge, "dist", "index.js")))
    throw new Failure("bridge/dist is missing: run `npm run build` first");
  const copy = join(folder, "package");
  for (const entry of ["package.json", "README.md", "CHANGELOG.md", "../LICENSE", "dist"]) {
    await cp(join(bridge, entry), join(copy, basename(entry)), { recursive: true });
  }
  for (const name of await readdir(join(copy, "dist"), { recursive: true })) {
    if (!/\.(js|d\.ts)$/.test(name)) continue;
    const file = join(copy, "dist", name);
    const code = await readFile(file, "utf8");
    await writeFile(file, code.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n"));
  }
  const [packed] = JSON.parse(await npm(copy, "pack", "--json", "--loglevel=silent", `--pack-destination=${folder}`));
  await rename(join(folder, packed.filename), join(folder, "quartet-bridge.tgz"));
  return packed;
}

/**
 * Installs the dependencies of the package.json in `folder`, and runs no install scripts. There is no lockfile, because
 * it would have thousands of lines, and the hash of a tarball that changes. `before` keeps all versions the same.
 */
export function install(folder) {
  return npm(
    folder,
    "install",
    "--ignore-scripts",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--prefer-offline",
    "--engine-strict=false",
    `--before=${before}`,
  );
}

/** npm takes no version that was published after this day. Move the day when you update a package.json. */
const before = "2026-11-29";

/** @returns the seconds since `began`, a moment of performance.now() */
export function secondsSince(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
