import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join, sep } from "node:path";
import type { Platform } from "./platform.js";

/** One thing in an archive. */
export type Entry = {
  /** Below the archive's folder, with slashes. */
  readonly name: string;
  /** How long after everything else it seems to have been made, in seconds. */
  readonly later: number;
} & (
  | { readonly kind: "file"; readonly path: string; readonly mode: number }
  | { readonly kind: "folder" }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "text"; readonly text: string }
);

/** An archive cannot be made here: the message says why, and what to do. */
export class NoArchive extends Error {}

/**
 * What tells that a step has been made, and how long after what it was made from: scripts/prepare.mjs and make compare times, and a
 * laptop without a network must not be asked to install. A zip knows times to two seconds.
 */
export const stamps: Readonly<Record<string, number>> = {
  "node_modules/.package-lock.json": 60,
  "src/gen/.stamp": 120,
  "dist/.stamp": 180,
};

/** What git would keep, also what has not been added yet; and what was generated and compiled from it. */
export function contentsOf(root: string): readonly Entry[] {
  // Who unpacks a clone as root, or mounts one into a container, is not its owner; git would list nothing.
  const listed = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  let files: readonly string[];
  try {
    files = execFileSync("git", listed, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split(
      "\0",
    );
  } catch {
    throw new NoArchive("git does not know this folder: make archives in a clone, with git installed");
  }
  const kept = files.filter((file) => file !== "" && existsSync(join(root, file)));
  const made = ["src/gen", "dist"].flatMap((folder) => [
    folder,
    ...below(join(root, folder)).map((file) => `${folder}/${file}`),
  ]);
  const folders = new Set(
    kept.flatMap((file) =>
      file
        .split("/")
        .slice(0, -1)
        .map((_, depth, all) => all.slice(0, depth + 1).join("/")),
    ),
  );
  return inOrder([...folders, ...kept, ...made]).map((name) => entryOf(join(root, name), name));
}

/** The dependencies in `folder`, which were installed for a platform. */
export function dependenciesOf(folder: string, { os }: Platform): readonly Entry[] {
  const names = ["node_modules", ...below(join(folder, "node_modules")).map((file) => `node_modules/${file}`)];
  return inOrder(names).flatMap((name) => {
    const entry = entryOf(join(folder, name), name);
    // Windows has no links that anybody may make; there npm writes a command of this kind.
    return os === "win32" && entry.kind === "link" ? [commandFor(entry.name, entry.target)] : [entry];
  });
}

/** `node_modules/.bin/mocha.cmd`, which starts `node_modules/mocha/bin/mocha.js`. */
function commandFor(name: string, target: string): Entry {
  const text = `@node "%~dp0\\${target.replaceAll("/", "\\")}" %*\r\n`;
  return { kind: "text", name: `${name}.cmd`, text, later: 0 };
}

/** Each folder, and then all that is in it: tar gives a folder its time when it leaves it, and make looks at folders too. */
function inOrder(names: readonly string[]): readonly string[] {
  const key = (name: string) => name.replaceAll("/", "\0");
  return names.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function below(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => file.split(sep).join("/"));
}

function entryOf(path: string, name: string): Entry {
  const later = stamps[name] ?? 0;
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return { kind: "link", name, target: readlinkSync(path), later };
  if (stats.isDirectory()) return { kind: "folder", name, later };
  return { kind: "file", name, path, mode: stats.mode & 0o777, later };
}

/** Whether the tools that are programs of the platform are there: npm leaves out in silence what it cannot find. */
export function nativeToolsMissing(folder: string, { os, cpu }: Platform): readonly string[] {
  const lockfile: { packages: Record<string, { os?: string[]; cpu?: string[]; libc?: string[] }> } = JSON.parse(
    readFileSync(join(folder, "package-lock.json"), "utf8"),
  );
  return Object.entries(lockfile.packages)
    .filter(([, { os: systems, cpu: processors }]) => systems?.includes(os) && processors?.includes(cpu))
    .filter(([path, { libc }]) => !(libc?.includes("musl") || existsSync(join(folder, path))))
    .map(([path]) => basename(path));
}
