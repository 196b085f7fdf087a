import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pc from "picocolors";
import { type LawId, lawIds } from "./all-laws.js";
import { type Mutation, mutations } from "./mutations.js";
import { thisNode } from "./node-versions.js";
import { type FileReport, inParallel, runFile } from "./run-files.js";

/** The root, seen from `dist/bridge/test/laws/proof`. */
const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** `source` with the mutation. @throws Error unless its code occurs exactly once */
export function mutated({ law, file, code, becomes }: Mutation, source: string): string {
  const times = source.split(code).length - 1;
  if (times === 1) return source.replace(code, () => becomes);
  throw new Error(
    `the mutation of ${law} looks for a text that occurs ${times} times in ${file}: give it another in proof/mutations.ts\n  ${code}`,
  );
}

export function sourceOf({ file }: Mutation): string {
  return readFileSync(join(root, file), "utf8");
}

/**
 * Compiles the mutated files, each alone and without type checks. @returns the environment that activates each mutation
 */
function compile(chosen: readonly Mutation[], folder: string): NodeJS.ProcessEnv[] {
  const sources = chosen.map((mutation, index) => {
    const path = join(folder, "src", String(index), mutation.file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, mutated(mutation, sourceOf(mutation)));
    return path;
  });
  const options = ["--noCheck", "--noResolve", "--ignoreConfig", "--skipLibCheck", "--target", "es2023"];
  const folders = ["--rootDir", join(folder, "src"), "--outDir", join(folder, "out")];
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), ...options, "--module", "esnext", ...folders, ...sources],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`the mutations do not compile:\n${stdout}`);
  return chosen.map(({ file }, index) => {
    const compiled = file.startsWith("bridge/") ? file.replace("bridge/src/", "bridge/dist/") : `dist/${file}`;
    const url = pathToFileURL(join(root, compiled.replace(/\.ts$/, ".js"))).href;
    const path = join(folder, "out", String(index), file.replace(/\.ts$/, ".js"));
    return {
      NODE_OPTIONS: `--import=${new URL("mutated-modules.js", import.meta.url).href}`,
      QUARTET_MUTATED: JSON.stringify({ [url]: path }),
    };
  });
}

/** The laws that a compiled test file declares. */
function lawsIn(file: string): LawId[] {
  const declared = [...readFileSync(file, "utf8").matchAll(/\blaw\(\s*(\[[^\]]*\]|"L\d+")/g)];
  return lawIds.filter((id) => declared.some(([, ids = ""]) => ids.includes(`"${id}"`)));
}

const titleOf = (laws: readonly LawId[]) => `^[^:]*\\b(${laws.join("|")})\\b`;

/** Runs the tests of some laws, or of all except some, until the first failure in each file. */
function runLaws(file: string, env: NodeJS.ProcessEnv, choice: { only?: readonly LawId[]; except?: readonly LawId[] }) {
  const { only, except } = choice;
  const grep = only ?? except;
  return runFile(file, {
    runtime: thisNode,
    env: { ...env, LAWS: "least" },
    killMs: 300_000,
    args: grep ? [titleOf(grep), only ? "only" : "except"] : [],
  });
}

const firstLine = ({ title, error }: FileReport["failures"][number]) => `${title}\n      ${error.split("\n", 1)[0]}`;

/**
 * Proves that no law is vacuous: with its mutation the tests of a law fail and, with `others`, the tests of unrelated
 * laws pass.
 *
 * @param which a law, or all
 * @returns whether that is so
 */
export async function proveMutations(
  files: readonly string[],
  which: LawId | "all",
  others: boolean,
): Promise<boolean> {
  const chosen = mutations.filter(({ law }) => which === "all" || law === which);
  const known = files.map((file) => ({ file, laws: lawsIn(file) })).filter(({ laws }) => laws.length > 0);
  const folder = mkdtempSync(join(tmpdir(), "quartet-mutated-"));
  try {
    const envs = compile(chosen, folder);
    console.log(`\nThe laws without a mutation, SEED=${process.env.SEED ?? "random"}`);
    const tried = known.filter(({ laws }) => others || chosen.some(({ law }) => laws.includes(law)));
    const control = await inParallel(tried, ({ file }) => runLaws(file, {}, {}));
    const broken = control.flatMap(({ failures }) => failures.map(firstLine));
    if (broken.length > 0) throw new Error(`a law fails without a mutation:\n  ${broken.join("\n  ")}`);

    console.log("\nThe laws with their mutations");
    const proved = await inParallel([...chosen.entries()], async ([index, mutation]) => {
      const { law, also = [], breaks } = mutation;
      const env = envs[index] ?? {};
      const own: string[] = [];
      for (const { file, laws } of known) {
        if (own.length > 0 || !laws.includes(law)) continue;
        const { failures } = await runLaws(file, env, { only: [law] });
        own.push(...failures.map(firstLine));
      }
      const unrelated: string[] = [];
      if (others) {
        for (const { file, laws } of known) {
          if (laws.every((id) => id === law || also.includes(id))) continue;
          const { failures } = await runLaws(file, env, { except: [law, ...also] });
          unrelated.push(...failures.map(firstLine));
        }
      }
      const holds = own.length > 0 && unrelated.length === 0;
      console.log(`${holds ? pc.green("✓") : pc.red("✗")} ${law.padEnd(3)} ${breaks}`);
      console.log(own.length > 0 ? `    ${own[0]}` : pc.red(`    no test of ${law} fails`));
      for (const each of unrelated) console.log(pc.red(`    an unrelated law fails: ${each}`));
      return holds;
    });
    const failed = proved.filter((holds) => !holds).length;
    console.log(`\n${proved.length - failed} of ${proved.length} mutations are noticed as they should be`);
    return failed === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
