import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix, sep } from "node:path";
import type { Platform } from "./platform.js";

/** A file or folder in an archive. */
export type Entry = {
  /** The path below the archive's folder, with slashes. */
  readonly name: string;
  /** How many seconds later than all other entries it seems to have been made. */
  readonly later: number;
} & (
  | { readonly kind: "file"; readonly path: string; readonly mode: number }
  | { readonly kind: "folder" }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "text"; readonly text: string }
);

/** The archive cannot be made: the message says why, and what to do. */
export class NoArchive extends Error {}

/**
 * The stamps of the build, and how many seconds later they must be than the files that the steps read.
 * tools/freshness.mjs compares times, and a laptop without a network must not be asked to install. A zip stores times
 * to two seconds.
 */
export const stamps: Readonly<Record<string, number>> = {
  "node_modules/.package-lock.json": 60,
  "src/gen/.stamp": 120,
  "dist/.stamp": 180,
};

/** The files that git would keep, also files that are not added yet, and the generated and compiled files. */
export function contentsOf(root: string): readonly Entry[] {
  // If root unpacks a clone, or a container mounts it, the user does not own it. git would then list nothing.
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
  const made = ["src/gen", "dist", "bridge/src/gen", "bridge/dist"].flatMap((folder) => [
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
  return inOrder(names.filter((name) => name !== bridge)).map((name) => {
    const entry = entryOf(join(folder, name), name);
    // On Windows only some users may make links, so npm writes such a command there.
    return os === "win32" && entry.kind === "link" ? commandFor(entry.name, entry.target) : entry;
  });
}

const bridge = "node_modules/quartet-bridge";

/**
 * The bridge among the dependencies, where npm makes a link into the workspace. Here it is a folder, and each of its
 * modules re-exports the one in `bridge/dist`. A copy would be a second bridge, without the changes of a learner.
 */
export function bridgeOf(root: string): readonly Entry[] {
  const path = join(root, "bridge", "package.json");
  const manifest: { exports: Record<string, string | Record<string, string>> } = JSON.parse(readFileSync(path, "utf8"));
  const exported = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  const modules = [...new Set(exported)].filter((file) => /\.(js|d\.ts)$/.test(file)).map((file) => posix.join(file));
  return [
    { kind: "folder", name: bridge, later: 0 },
    entryOf(path, `${bridge}/package.json`),
    ...modules.map((file): Entry => {
      const name = `${bridge}/${file}`;
      const to = posix.relative(posix.dirname(name), `bridge/${file.replace(/\.d\.ts$/, ".js")}`);
      return { kind: "text", name, text: `export * from ${JSON.stringify(to)};\n`, later: 0 };
    }),
  ];
}

/** `node_modules/.bin/mocha.cmd`, which starts `node_modules/mocha/bin/mocha.js`. */
function commandFor(name: string, target: string): Entry {
  const text = `@node "%~dp0\\${target.replaceAll("/", "\\")}" %*\r\n`;
  return { kind: "text", name: `${name}.cmd`, text, later: 0 };
}

/** Each folder before its contents: tar sets the time of a folder when it leaves the folder. */
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

/** The native tools that npm left out, because it silently skips tools that it cannot find. */
export function nativeToolsMissing(folder: string, platform: Platform): readonly string[] {
  return nativeTools(folder, platform).missing;
}

const { nativeTools }: { nativeTools(folder: string, platform: Platform): { readonly missing: readonly string[] } } =
  createRequire(import.meta.url)("../../../tools/native-tools.cjs");
