import { spawnSync } from "node:child_process";

/** A Node to run the laws with. */
export interface Runtime {
  readonly version: string;
  readonly path: string;
}

export const thisNode: Runtime = { version: process.versions.node, path: process.execPath };

/**
 * The newest Node of `major`, which npm fetches and keeps: its registry carries Node as the package `node`.
 * @throws Error that says what npm said, where it cannot be had.
 */
export function nodeOf(major: string): Runtime {
  if (thisNode.version.split(".")[0] === major) return thisNode;
  const print = "console.log(JSON.stringify({ version: process.versions.node, path: process.execPath }))";
  const args = ["exec", "--yes", `--package=node@${major}`, "--", "node", "-e", print];
  // npm is a script of the shell on Windows: without `shell`, it is not found there, and the program needs quotes.
  const shell = process.platform === "win32";
  const { status, stdout, stderr, error } = spawnSync(
    "npm",
    shell ? args.map((each) => (each === print ? `"${each}"` : each)) : args,
    { encoding: "utf8", shell },
  );
  if (status !== 0) throw new Error(`Node ${major} cannot be had from the npm registry: ${error?.message ?? stderr}`);
  const runtime: Runtime = JSON.parse(stdout);
  // A package that brings no binary for this machine leaves the Node that is there, and that would prove nothing.
  if (runtime.version.split(".")[0] !== major) {
    throw new Error(`Node ${major} cannot be had: the package node@${major} brings Node ${runtime.version} here`);
  }
  return runtime;
}
