import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

const imports = `
import { type CalculatorServer, CalculatorService } from "#gen/tutorials/calculator.js";
import { serverStreaming, unary } from "../../src/bridge/index.js";
import { service } from "../../src/host/index.js";
export type Used = CalculatorServer;
export const used = [CalculatorService, serverStreaming, service, unary];
`;
const squareRoot = "unary(({ value }) => ({ value: Math.sqrt(value) }))";
const divide = "unary(({ value1, value2 }) => ({ value: value1 / value2 }))";
const typed = (handlers: string) => `export const calculator: CalculatorServer = { ${handlers} };`;
const served = (handlers: string) => `export const calculator = service(CalculatorService, { ${handlers} });`;

/** Each handler object by name, and the compiler's errors for it: part of the text, none for what is right. */
const handlers: Readonly<Record<string, { readonly source: string; readonly errors: readonly string[] }>> = {
  complete: { source: typed(`squareRoot: ${squareRoot}, divide: ${divide}`), errors: [] },
  missing: {
    source: typed(`squareRoot: ${squareRoot}`),
    errors: ["TS2741: Property 'divide' is missing"],
  },
  misspelt: {
    source: typed(`squareRot: unary(() => ({ value: 4 })), divide: ${divide}`),
    errors: ["TS2741: Property 'squareRoot' is missing"],
  },
  "of another answer": {
    source: typed(`squareRoot: unary(() => ({ root: 4 })), divide: ${divide}`),
    errors: ["Property 'value' is missing"],
  },
  "of another kind": {
    source: typed(`squareRoot: serverStreaming(() => [{ value: 4 }]), divide: ${divide}`),
    errors: ["TS2322"],
  },
  "complete, hosted": { source: served(`squareRoot: ${squareRoot}, divide: ${divide}`), errors: [] },
  "missing, hosted": { source: served(`squareRoot: ${squareRoot}`), errors: ["Property 'divide' is missing"] },
};

describe("a service's handlers", () => {
  const diagnostics = new Map<string, string[]>();

  /** One run of the compiler over all of them, with the settings of the project. */
  before(async function () {
    this.timeout(60_000);
    const folder = await mkdtemp(join(root, "dist", "handlers-"));
    try {
      const names = Object.keys(handlers);
      const fileOf = (name: string) => `${name.replaceAll(/\W+/g, "-")}.ts`;
      for (const name of names) await writeFile(join(folder, fileOf(name)), `${imports}${handlers[name]?.source}\n`);
      const settings = {
        extends: "../../tsconfig.json",
        compilerOptions: { noEmit: true },
        include: [],
        files: names.map(fileOf),
      };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
      const output = await compilerErrors(folder);
      for (const name of names) {
        const prefix = `${relative(root, join(folder, fileOf(name))).replaceAll(sep, "/")}(`;
        diagnostics.set(
          name,
          output.filter((error) => error.startsWith(prefix)),
        );
      }
      expect(output, "every error is of one of the files").to.have.members([...diagnostics.values()].flat());
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  for (const [name, { errors }] of Object.entries(handlers)) {
    it(`that are ${name} ${errors.length === 0 ? "compile" : "do not compile"}`, () => {
      const found = diagnostics.get(name) ?? [];
      expect(found, found.join("\n")).to.have.length(errors.length);
      for (const [index, error] of errors.entries()) expect(found[index]).to.contain(error);
    });
  }
});

/** What the compiler prints, an error each: its first line begins with the file, those that explain it are indented. */
function compilerErrors(folder: string): Promise<string[]> {
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { cwd: root }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.trim().split(/\r?\n(?! )/)),
    );
  });
}
