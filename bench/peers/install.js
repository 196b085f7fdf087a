// Installs the peers, each time their lockfile has changed, and generates what connect-es needs. They are no
// dependencies of the suite: whoever does not compare never downloads them. Exit code 3: they cannot be had here.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

function run(says, cwd, command, ...args) {
  console.error(`quartet: ${says} …`);
  // npm is a script of the shell on Windows: without `shell`, it is not found there.
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  console.error(
    `quartet: ${says} failed${error ? `: ${error.message}` : ""}. What it printed above says why.\n` +
      "Without the peers nothing can be compared; everything else of the suite works without them.",
  );
  process.exit(3);
}

const installed = path("node_modules/.package-lock.json");
if (modified(installed) < modified(path("package-lock.json"))) {
  run(
    "installing the peers into bench/peers (npm ci, which needs a registry)",
    path("."),
    ...["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
  );
}

const generated = path("gen/quartet/bench/v1/bench_pb.js");
const made = modified(generated);
const from = ["../proto/quartet/bench/v1/bench.proto", "buf.gen.yaml"].map(path);
if (made < Math.max(modified(installed), ...from.map(modified))) {
  const buf = path("../../node_modules/@bufbuild/buf/bin/buf");
  const template = path("buf.gen.yaml");
  run(
    "generating the code for connect-es",
    path("../.."),
    process.execPath,
    buf,
    "generate",
    "bench/proto",
    "--template",
    template,
  );
}
