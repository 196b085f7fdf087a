// Packs the bridge, installs the tarball as a user would, and compiles and runs the programs in this folder.
//   node bridge/test/consumers/run.mjs          all of them
//   node bridge/test/consumers/run.mjs nest     those whose file names contain the argument
import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, install, inTemporaryFolder, node, pack, secondsSince } from "../package/workspace.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Sources that programs share and that use the package, so that they are linted too. */
const shared = ["prices.ts", "make-calls.ts"];

/** Both must compile every program. The JavaScript that runs is from the second one, TypeScript 5.9. */
const compilers = ["typescript-7", "typescript"];

/** Each setup compiles its programs with both compilers, and runs them. `options` override those of tsconfig.json. */
const setups = [
  {
    name: "ESM, nodenext",
    type: "module",
    // Only this setup checks the declarations of the package: that takes most of the time of TypeScript 5.9.
    options: { skipLibCheck: false },
    programs: [
      "ts-proto.ts",
      "proto-loader.ts",
      "proto-loader-typed.ts",
      "protobuf-es.ts",
      "beside-raw-handlers.ts",
      "nest.ts",
      "jest.test.ts",
      "vitest.test.ts",
    ],
  },
  { name: "CommonJS, nodenext", type: "commonjs", programs: ["ts-proto.ts", "google-protobuf.ts"] },
  {
    name: "ESM, bundler",
    type: "module",
    options: { module: "ESNext", moduleResolution: "Bundler", target: "ESNext" },
    programs: ["ts-proto.ts"],
  },
];

const began = performance.now();
const failures = [];

await inTemporaryFolder(async (workspace) => {
  await cp(here, workspace, { recursive: true });
  await attempt("pack, install, generate the code", async () => {
    await pack(workspace);
    await install(workspace);
    await generate(workspace);
  });
  const words = process.argv.slice(2);
  const chosen = setups
    .map((setup) => ({
      ...setup,
      folder: join(workspace, setup.name.replaceAll(/\W+/g, "-")),
      programs: setup.programs.filter((program) => words.length === 0 || words.some((word) => program.includes(word))),
    }))
    .filter(({ programs }) => programs.length > 0);

  if (failures.length === 0) {
    for (const setup of chosen) await copySources(workspace, setup);
    // Two jobs at a time, for two cores. A failure stops no other job, so that one run shows all failures.
    const jobs = [...chosen.map((setup) => () => compileAndRun(setup)), () => lint(workspace, chosen)];
    const work = async () => {
      for (let job = jobs.shift(); job; job = jobs.shift()) await job();
    };
    await Promise.all([work(), work()]);
  }
  console.log(`\nin all: ${secondsSince(began)}`);
  if (failures.length > 0) throw new Failure(`${failures.length} failed`, failures.join("\n"));
});

/** Prints a line about `action`. @returns whether it succeeded */
async function attempt(name, action) {
  const started = performance.now();
  const failure = await action().then(
    () => undefined,
    (error) => error,
  );
  console.log(`${failure ? "FAIL" : "ok  "}  ${name.padEnd(46)} ${secondsSince(started).padStart(7)}`);
  if (failure) failures.push(`\n${name}: ${failure.message}\n${failure.output ?? failure.stack}`);
  return failure === undefined;
}

async function generate(workspace) {
  const buf = fileURLToPath(import.meta.resolve("@bufbuild/buf/bin/buf"));
  await node(workspace, buf, "generate", "--path", "prices.proto");
  const typesOfProtoLoader = "node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js";
  const options = ["--grpcLib=@grpc/grpc-js", "--importFileExtension=.js", "--defaults"];
  await node(workspace, typesOfProtoLoader, "prices.proto", "--outDir=gen/proto-loader", ...options);
}

/** Each setup has its own folder: the compiler writes next to the sources, and package.json says ESM or CommonJS. */
async function copySources(workspace, { folder, programs, type, options = {} }) {
  for (const entry of await readdir(workspace)) {
    if (!/\.(ts|proto)$|^gen$|^google-protobuf$/.test(entry)) continue;
    await cp(join(workspace, entry), join(folder, entry), { recursive: true });
  }
  await writeFile(join(folder, "package.json"), JSON.stringify({ type }));
  const config = { extends: "../tsconfig.json", compilerOptions: options, files: [...programs, ...shared] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
}

async function compileAndRun({ name, folder, programs }) {
  for (const compiler of compilers) {
    const compiled = () => node(folder, `../node_modules/${compiler}/bin/tsc`);
    if (!(await attempt(`${name}: compile with ${compiler}`, compiled))) return;
  }
  for (const program of programs) await attempt(`${name}: ${program}`, () => run(folder, program));
}

async function run(folder, program) {
  const compiled = program.replace(/ts$/, "js");
  if (program.startsWith("vitest")) {
    return mustPrint("2 passed", node(folder, "../node_modules/vitest/vitest.mjs", "run", program));
  }
  if (program.startsWith("jest")) {
    // jest runs what the compiler wrote: its own transformer would turn ES modules into CommonJS.
    const config = JSON.stringify({ rootDir: folder, transform: {}, testMatch: [`**/${compiled}`] });
    const jest = ["--experimental-vm-modules", "../node_modules/jest/bin/jest.js", `--config=${config}`];
    return mustPrint("1 passed", node(folder, ...jest));
  }
  return mustPrint("all four calls were answered", node(folder, compiled));
}

async function mustPrint(words, output) {
  if (!(await output).includes(words)) throw new Failure(`it did not print "${words}"`, await output);
}

/** The rules with types find the places where a type of the package is `any`. Each source is linted once. */
async function lint(workspace, chosen) {
  const sources = new Map();
  for (const { folder, programs } of chosen) {
    for (const source of [...programs, ...shared]) sources.set(source, join(folder, source));
  }
  const eslint = "node_modules/eslint/bin/eslint.js";
  await attempt("typescript-eslint", () => node(workspace, eslint, "--max-warnings=0", ...sources.values()));
}
