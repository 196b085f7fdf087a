import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { root } from "./exercise.js";

const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

/** What the compiler says about a line of the learner's file. */
export interface CompileError {
  /** From the root of the checkout. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The compiler's own sentence. */
  readonly sentence: string;
}

/** A file that can be run, or why it cannot. */
export type Compiled = { readonly url: string } | { readonly errors: readonly CompileError[] };

/**
 * Compiles one learner's file, by itself: what is wrong in another one is no matter here. The compiler is the suite's own,
 * with the options of `work/tsconfig.json`, so that an editor says the same.
 */
export async function compile(file: string): Promise<Compiled> {
  const [compiled] = await compileAll([file]);
  if (compiled === undefined) throw new Error(`${file} was not compiled`);
  return compiled;
}

/** Several files in one go, in their order. */
export async function compileAll(files: readonly string[]): Promise<readonly Compiled[]> {
  const [first = ""] = files;
  const out = await mkdtemp(join(await builds(dirname(first)), "run-"));
  const project = join(out, "tsconfig.json");
  const posix = (path: string) => path.split(sep).join("/");
  const config = {
    extends: posix(join(root, "exercises", "tsconfig.work.json")),
    compilerOptions: { rootDir: posix(dirname(first)), outDir: posix(out) },
    files: files.map(posix),
  };
  await writeFile(project, JSON.stringify(config));
  const printed = await run(process.execPath, [compiler, "-p", project, "--pretty", "false"]);
  const errors = parse(printed);
  if (errors.length > 0 && files.length === 1) await rm(out, { recursive: true, force: true });
  return files.map((file) => {
    const name = posix(relative(root, file));
    const own = errors.filter((error) => error.file === name);
    if (own.length > 0) return { errors: own };
    return { url: pathToFileURL(join(out, `${basename(file, ".ts")}.js`)).href };
  });
}

/** Where compiled files go, each in a folder of its own: two runners may be at work. */
async function builds(folder: string): Promise<string> {
  const path = join(folder, ".build");
  await mkdir(path, { recursive: true });
  return path;
}

/** Removes what {@link compileAll} has made of a file, once it has been run. */
export async function removeBuild(compiled: Compiled): Promise<void> {
  if ("url" in compiled) await rm(dirname(fileURLToPath(compiled.url)), { recursive: true, force: true });
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, [...args], { cwd: root }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

/**
 * `work/03-….ts(12,5): error TS2345: Argument of type …`, and lines below it that say more. Of a call that fits no overload the
 * first line says nothing, and the last what does not fit.
 */
function parse(printed: string): CompileError[] {
  return [...printed.matchAll(/^(\S.*?)\((\d+),(\d+)\): error (TS\d+): (.*)((?:\n .*)*)$/gm)].map(
    ([, file = "", line, column, code, first = "", more = ""]) => {
      const last = more.split("\n").at(-1)?.trim();
      const sentence = code === noOverload && last ? last : first;
      return { file, line: Number(line), column: Number(column), sentence };
    },
  );
}

const noOverload = "TS2769";
