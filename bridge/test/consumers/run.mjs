// Packs the bridge, installs the tarball as a user would, and compiles and runs one program after the other that uses it.
//   node bridge/test/consumers/run.mjs          all of them
//   node bridge/test/consumers/run.mjs nest     those whose names contain a word
import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, install, inTemporaryFolder, node, pack, secondsSince } from "../package/workspace.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
/** What a consumer runs is what the last one, TypeScript 5.9, wrote. */
const compilers = ["typescript-7", "typescript"];

/** `type` is that of the package.json around the program; `options` differ from those of tsconfig.json. */
const consumers = [
  { name: "esm-nodenext", source: "ts-proto.ts" },
  {
    name: "esm-bundler",
    source: "ts-proto.ts",
    options: { module: "ESNext", moduleResolution: "Bundler", target: "ESNext" },
  },
  { name: "commonjs", source: "ts-proto.ts", type: "commonjs" },
  { name: "proto-loader", source: "proto-loader.ts" },
  { name: "proto-loader-typed", source: "proto-loader-typed.ts" },
  { name: "google-protobuf", source: "google-protobuf.ts", type: "commonjs" },
  { name: "protobuf-es", source: "protobuf-es.ts" },
  { name: "beside-raw-handlers", source: "beside-raw-handlers.ts" },
  { name: "nest", source: "nest.ts" },
  { name: "jest", source: "jest.test.ts", run: runJest, says: "1 passed" },
  { name: "vitest", source: "vitest.test.ts", run: runVitest, says: "1 passed" },
];

const began = performance.now();
await inTemporaryFolder(async (workspace) => {
  await cp(here, workspace, { recursive: true });
  await pack(workspace);
  await install(workspace);
  await generate(workspace);
  console.log(`packed, installed and generated the code: ${secondsSince(began)}\n`);

  const words = process.argv.slice(2);
  const chosen = consumers.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  for (const consumer of chosen) await stage(workspace, consumer);
  const left = [...chosen.map((consumer) => [consumer.name, () => compileAndRun(workspace, consumer)])];
  left.splice(2, 0, ["typescript-eslint", () => lint(workspace, chosen)]);

  // Two at a time, for two cores. All are tried, so that one run shows all that fails.
  const failures = [];
  async function work() {
    for (let next = left.shift(); next; next = left.shift()) {
      const [name, attempt] = next;
      const started = performance.now();
      const failure = await attempt().then(
        () => undefined,
        (error) => error,
      );
      console.log(`${failure ? "FAIL" : "ok  "}  ${name.padEnd(20)} ${secondsSince(started).padStart(7)}`);
      if (failure) failures.push(`${name}: ${failure.message}\n${failure.output ?? failure.stack}`);
    }
  }
  await Promise.all([work(), work()]);
  console.log(`\nin all: ${secondsSince(began)}`);
  if (failures.length > 0) throw new Failure(`${failures.length} of the consumers failed`, failures.join("\n"));
});

async function generate(workspace) {
  const buf = fileURLToPath(import.meta.resolve("@bufbuild/buf/bin/buf"));
  await node(workspace, buf, "generate", "--path", "prices.proto");
  await node(
    workspace,
    "node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js",
    "prices.proto",
    "--grpcLib=@grpc/grpc-js",
    "--outDir=gen/proto-loader",
    "--importFileExtension=.js",
    "--defaults",
  );
}

/** A folder for each consumer: the same source is compiled in several ways, and its package.json says ESM or CommonJS. */
async function stage(workspace, { name, source, type = "module", options = {} }) {
  const folder = join(workspace, "built", name);
  for (const entry of await readdir(workspace)) {
    if (!/\.(ts|proto)$|^gen$|^google-protobuf$/.test(entry)) continue;
    await cp(join(workspace, entry), join(folder, entry), { recursive: true });
  }
  await writeFile(join(folder, "package.json"), JSON.stringify({ type }));
  const config = { extends: "../../tsconfig.json", compilerOptions: options, files: [source] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
}

async function compileAndRun(workspace, { name, source, run = runProgram, says = "all four calls were answered" }) {
  const folder = join(workspace, "built", name);
  for (const compiler of compilers) await node(folder, `../../node_modules/${compiler}/bin/tsc`);
  const output = await run(folder, source);
  if (!output.includes(says)) throw new Failure(`it did not print "${says}"`, output);
}

function runProgram(folder, source) {
  return node(folder, source.replace(/ts$/, "js"));
}

/** jest runs what the compiler wrote: it has no transformer of its own that leaves ES modules as they are. */
function runJest(folder, source) {
  const config = { rootDir: folder, transform: {}, testMatch: [`**/${source.replace(/ts$/, "js")}`] };
  return node(
    folder,
    "--experimental-vm-modules",
    "../../node_modules/jest/bin/jest.js",
    `--config=${JSON.stringify(config)}`,
  );
}

function runVitest(folder, source) {
  return node(folder, "../../node_modules/vitest/vitest.mjs", "run", source);
}

/** The rules that need types say where a type of the package is `any`. */
function lint(workspace, chosen) {
  const shared = ["calls.ts", "listen.ts", "make-calls.ts", "prices.ts"].map((file) => `built/esm-nodenext/${file}`);
  const sources = new Map(chosen.map(({ name, source }) => [source, `built/${name}/${source}`]));
  return node(workspace, "node_modules/eslint/bin/eslint.js", "--max-warnings=0", ...sources.values(), ...shared);
}
