// Brings the checkout to where the programs can run: dependencies, generated code, compiled code, each made only when
// what it is made from has changed. The npm scripts begin with it, as the Makefile's targets begin with the same three
// rules; both leave the same stamps, so they can be mixed freely. It needs nothing but Node: it runs before `npm ci`.
// The name of a step as argument (`install`, `gen`) is how far to go; without one, all the way.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const needed = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(
    `quartet needs Node ${needed.join(".")} or later; this is ${process.versions.node}. See https://nodejs.org`,
  );
  process.exit(1);
}

// The folders count too, the uppermost as well: deleting a file changes nothing but the time of its folder.
const treeOf = (folder, ending) => [
  folder,
  ...readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name)),
];
// The peers of the bench are no TypeScript, and have thousands of files of others below them.
const isForeign = (file) =>
  [join("src", "gen"), join("bridge", "src", "gen"), join("bench", "peers")].some((folder) => file.startsWith(folder));

const steps = [
  {
    name: "install",
    says: "installing dependencies (npm ci)",
    stamp: join("node_modules", ".package-lock.json"),
    from: () => ["package-lock.json"],
    run: ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
  },
  {
    name: "gen",
    says: "generating src/gen from proto",
    stamp: join("src", "gen", ".stamp"),
    from: () => [
      "buf.gen.yaml",
      "buf.yaml",
      join("bridge", "buf.gen.yaml"),
      "package-lock.json",
      ...["proto", join("bench", "proto")].flatMap((folder) => treeOf(folder, ".proto")),
    ],
    run: ["npm", "run", "-s", "build:gen"],
  },
  {
    name: "build",
    says: "compiling to dist",
    stamp: join("dist", ".stamp"),
    from: () => [
      "tsconfig.json",
      "tsconfig.base.json",
      join("bridge", "tsconfig.json"),
      join("src", "gen", ".stamp"),
      ...["src", "test", "bench", "exercises", join("bridge", "src"), join("bridge", "test")]
        .flatMap((folder) => treeOf(folder, ".ts"))
        .filter((file) => !isForeign(file)),
    ],
    run: ["npm", "run", "-s", "build:dist"],
  },
];

const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

const [, , last = "build"] = process.argv;
const wanted = steps.slice(0, steps.findIndex(({ name }) => name === last) + 1);

for (const { says, stamp, from, run } of wanted) {
  const made = modified(stamp);
  if (made > 0 && from().every((file) => modified(file) <= made)) continue;
  console.error(`quartet: ${says} …`);
  // The stamp gets the time at which the step began: what is saved while it runs is newer, and is not missed.
  const began = new Date();
  const [command, ...args] = run;
  // npm is a script of the shell on Windows: without `shell`, it is not found there.
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (status !== 0) {
    console.error(`quartet: ${says} failed${error ? `: ${error.message}` : ""}. What it printed above says why.`);
    process.exit(1);
  }
  if (!existsSync(stamp)) writeFileSync(stamp, "");
  utimesSync(stamp, began, began);
}
