import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const source = join(root, "src");

/**
 * What a folder of src may import: other folders of src, and packages. An import only goes down; see CONTRIBUTING.md.
 */
const rules: Record<string, { folders: string[]; packages: RegExp }> = {
  bridge: {
    folders: ["gen/google/rpc"],
    packages: /^(@grpc\/grpc-js|rxjs|node:(stream|events|util|diagnostics_channel))$/,
  },
  tap: { folders: ["gen"], packages: /^(@grpc\/grpc-js|rxjs|string-width|node:crypto)$/ },
  host: {
    folders: ["bridge", "tap", "gen"],
    packages: /^(@grpc\/grpc-js|rxjs|commander|pino|pino-pretty|@bufbuild\/protobuf(\/wkt)?|node:.*)$/,
  },
  unary: { folders: ["host", "bridge", "gen"], packages: /^(@grpc\/grpc-js|rxjs|commander|node:.*)$/ },
  "server-streaming": { folders: ["host", "bridge", "gen"], packages: /^(@grpc\/grpc-js|rxjs|commander|node:.*)$/ },
  "client-streaming": { folders: ["host", "bridge", "gen"], packages: /^(@grpc\/grpc-js|rxjs|commander|node:.*)$/ },
  bidirectional: { folders: ["host", "bridge", "gen"], packages: /^(@grpc\/grpc-js|rxjs|commander|node:.*)$/ },
  demo: {
    folders: ["unary", "server-streaming", "client-streaming", "bidirectional", "host", "bridge", "tap", "gen"],
    packages: /^(@grpc\/grpc-js|commander|picocolors|node:.*)$/,
  },
};

/** The modules that a file imports, statically or by a literal `import()`. */
function importsOf(text: string): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g;
  return [...text.matchAll(pattern)].map(([, module]) => module ?? "");
}

/** Why `file` may not import `module`; undefined where it may. */
function objection(file: string, module: string): string | undefined {
  const folder = file.split(sep)[0] ?? "";
  const rule = rules[folder];
  if (!rule) return `src/${folder} has no layer; give it one in this test and in CONTRIBUTING.md`;
  const isOurs = module.startsWith(".") || module.startsWith("#gen/");
  if (!isOurs) return rule.packages.test(module) ? undefined : `${file} may not import the package ${module}`;
  const target = module.startsWith("#gen/")
    ? `gen/${module.slice("#gen/".length)}`
    : relative(source, resolve(source, dirname(file), module))
        .split(sep)
        .join("/");
  const allowed = [folder, ...rule.folders].some((each) => target.startsWith(`${each}/`));
  return allowed ? undefined : `${file} may not import ${target}`;
}

describe("the layers", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.startsWith(`gen${sep}`),
  );

  it("are kept by every import: none goes up, none goes sideways", () => {
    const objections = files.flatMap((file) =>
      importsOf(readFileSync(join(source, file), "utf8")).flatMap((module) => objection(file, module) ?? []),
    );
    expect(objections).to.deep.equal([]);
    expect(files.length).to.be.greaterThan(20);
  });

  it("are broken by an arrow that goes up or sideways, in any form of import", () => {
    const forbidden: [string, string][] = [
      ["bridge/index.ts", 'import { host } from "../host/index.js";'],
      ["bridge/index.ts", 'import { pino } from "pino";'],
      ["bridge/index.ts", 'import { CalculatorService } from "#gen/tutorials/calculator.js";'],
      ["tap/index.ts", 'export { unary } from "../bridge/index.js";'],
      ["unary/server.ts", 'import "../bidirectional/chat.js";'],
      ["host/index.ts", 'const { cases } = await import("../unary/client.js");'],
      ["helpers/index.ts", 'import { x } from "node:fs";'],
    ];
    for (const [file, text] of forbidden) {
      const objections = importsOf(text).map((module) => objection(file, module));
      expect(objections, `${file}: ${text}`).to.have.length(1).and.not.include(undefined);
    }
  });
});
