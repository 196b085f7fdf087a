import { spawnSync } from "node:child_process";

/** A Node to run the laws with. */
export interface Runtime {
  readonly version: string;
  readonly path: string;
}

export const thisNode: Runtime = { version: process.versions.node, path: process.execPath };

/**
 * The newest Node of `major`. npm fetches and caches it, because its registry has Node as the package `node`. @throws
 * Error with npm's output if it is not available
 */
export function nodeOf(major: string): Runtime {
  if (thisNode.version.split(".")[0] === major) return thisNode;
  const print = "console.log(JSON.stringify({ version: process.versions.node, path: process.execPath }))";
  const args = ["exec", "--yes", `--package=node@${major}`, "--", "node", "-e", print];
  // On Windows npm is a shell script: without `shell`, Node does not find it. The program then needs quotes.
  const shell = process.platform === "win32";
  const { status, stdout, stderr, error } = spawnSync(
    "npm",
    shell ? args.map((each) => (each === print ? `"${each}"` : each)) : args,
    { encoding: "utf8", shell },
  );
  if (status !== 0) throw new Error(`Node ${major} cannot be had from the npm registry: ${error?.message ?? stderr}`);
  const runtime: Runtime = JSON.parse(stdout);
  // A package without a binary for this machine would run the installed Node, which proves nothing.
  if (runtime.version.split(".")[0] !== major) {
    throw new Error(`Node ${major} cannot be had: the package node@${major} brings Node ${runtime.version} here`);
  }
  return runtime;
}
