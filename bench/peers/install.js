// Installs the peers when package.json or .npmrc has changed. They are not dependencies of the suite, so only a
// comparison downloads them. Exit code 3: they are not available here.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

const wanted = Math.max(modified(path("package.json")), modified(path(".npmrc")));
if (modified(path("node_modules/.package-lock.json")) < wanted) {
  console.error("quartet: installing the peers into bench/peers (npm install, which needs a registry) …");
  const { status, error } = spawnSync("npm", ["install", "--loglevel=error"], {
    cwd: path("."),
    stdio: ["ignore", 2, 2],
    // On Windows npm is a shell script: without `shell`, Node does not find it.
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(
      `quartet: npm install failed${error ? `: ${error.message}` : ""}. What it printed above says why.\n` +
        "Without the peers nothing can be compared; everything else of the suite works without them.",
    );
    process.exit(3);
  }
}
