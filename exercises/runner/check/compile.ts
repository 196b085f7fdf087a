import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../content/exercise.js";

/** What the compiler says about a line of the learner's file. */
export interface CompileError {
  /** The path from the root of the checkout. */
  readonly file: string;
  readonly line: number;
  /** The compiler's own sentence. */
  readonly sentence: string;
}

/** The URL of a module that can be imported, or why there is none. */
export type Compiled = { readonly url: string } | { readonly errors: readonly CompileError[] };

/**
 * Compiles files of one folder into `out`, which must be in the checkout. The compiler is the suite's own, with the
 * options of the editor, so that both say the same. An error in one file does not count for another file.
 *
 * @returns the results, in the order of the files
 */
export async function compileAll(files: readonly string[], out: string): Promise<readonly Compiled[]> {
  const posix = (path: string) => path.split(sep).join("/");
  const project = join(out, "tsconfig.json");
  const config = {
    extends: posix(join(root, "exercises", "tsconfig.work.json")),
    compilerOptions: { rootDir: posix(dirname(files[0] ?? out)), outDir: posix(out) },
    files: files.map(posix),
  };
  await writeFile(project, JSON.stringify(config));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const printed = await new Promise<string>((resolve) => {
    const args = [compiler, "-p", project, "--pretty", "false"];
    execFile(process.execPath, args, { cwd: root }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  const all = errorsIn(printed);
  return files.map((file) => {
    const errors = all.filter((error) => error.file === posix(relative(root, file)));
    return errors.length > 0 ? { errors } : { url: pathToFileURL(join(out, `${basename(file, ".ts")}.js`)).href };
  });
}

/**
 * Writes texts into a folder, which must be in the checkout, and compiles them there. @returns the results in their
 * order
 */
export async function compileTexts(texts: readonly string[], folder: string): Promise<readonly Compiled[]> {
  const files = texts.map((_, index) => join(folder, `${index}.ts`));
  await Promise.all(files.map((file, index) => writeFile(file, texts[index] ?? "")));
  return compileAll(files, folder);
}

/**
 * Reads `work/03-….ts(12,5): error TS2345: Argument of type …`, and the indented lines below it. If a call fits no
 * overload, the last of these lines says what does not fit, and the first line says nothing.
 */
function errorsIn(printed: string): CompileError[] {
  return [...printed.matchAll(/^(\S.*?)\((\d+),\d+\): error (TS\d+): (.*)((?:\n .*)*)$/gm)].map(
    ([, file = "", line, code, first = "", more = ""]) => {
      const last = more.split("\n").at(-1)?.trim();
      return { file, line: Number(line), sentence: code === noOverload && last ? last : first };
    },
  );
}

const noOverload = "TS2769";
