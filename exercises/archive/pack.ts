import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import { Zip, ZipDeflate } from "fflate";
import { packTar } from "modern-tar";
import { bridgeOf, contentsOf, dependenciesOf, type Entry, NoArchive, nativeToolsMissing } from "./contents.js";
import { nameOf, type Platform } from "./platform.js";

export const archiveFolder = "quartet";

/** A finished archive. */
export interface Packed {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256, in hexadecimal. */
  readonly checksum: string;
}

export interface PackOptions {
  /** The checkout, with dependencies, generated code and compiled code. */
  readonly root: string;
  readonly folder: string;
  /** Called at each step, with the share that is packed, from 0 to 1. */
  readonly progress: (step: string, share: number) => void;
}

/**
 * Makes the archive for a platform: everything that a laptop of that kind needs to do the workshop without a network.
 * It installs the dependencies for that platform from the registry. The file appears all at once.
 *
 * @throws NoArchive if this is not a clone, or a dependency is not available
 */
export async function pack(platform: Platform, { root, folder, progress }: PackOptions): Promise<Packed> {
  const contents = contentsOf(root);
  const installed = await mkdtemp(join(tmpdir(), "quartet-archive-"));
  try {
    progress("installing", 0);
    await install(platform, root, installed);
    const entries = [...contents, ...dependenciesOf(installed, platform), ...bridgeOf(root)];
    await mkdir(folder, { recursive: true });
    const file = join(
      folder,
      `${archiveFolder}-workshop-${nameOf(platform)}.${platform.os === "win32" ? "zip" : "tar.gz"}`,
    );
    await write(entries, file, platform, (share) => progress("packing", share));
    return { file, bytes: (await stat(file)).size, checksum: await checksumOf(file) };
  } finally {
    await rm(installed, { recursive: true, force: true });
  }
}

async function install({ os, cpu }: Platform, root: string, folder: string): Promise<void> {
  // With the workspace, because npm would otherwise make a broken link.
  await mkdir(join(folder, "bridge"));
  for (const file of ["package.json", "package-lock.json", ".npmrc", "bridge/package.json"])
    await copyFile(join(root, file), join(folder, file));
  const args = [
    "ci",
    `--os=${os}`,
    `--cpu=${cpu}`,
    "--libc=glibc",
    "--ignore-scripts",
    "--prefer-offline",
    "--loglevel=error",
  ];
  // On Windows npm is a shell script: without `shell`, Node does not find it.
  const shell = process.platform === "win32";
  try {
    await promisify(execFile)("npm", args, { cwd: folder, shell });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new NoArchive(
      `npm could not install the dependencies; making an archive needs the registry. It said:\n${said}`,
    );
  }
  const missing = nativeToolsMissing(folder, { os, cpu });
  if (missing.length > 0)
    throw new NoArchive(`npm left out ${missing.join(", ")} for ${os} ${cpu}: the registry does not have it`);
}

/**
 * Writes an archive, a zip for Windows and otherwise a tar. It replaces an older file only when it is complete.
 *
 * @param progress gets the share that is written, from 0 to 1
 */
export async function write(
  entries: readonly Entry[],
  file: string,
  { os }: Pick<Platform, "os">,
  progress: (share: number) => void = () => {},
): Promise<void> {
  const part = `${file}.part`;
  try {
    if (os === "win32") await pipeline(zipOf(entries, progress), createWriteStream(part));
    else await pipeline(tarOf(entries, progress), createGzip(), createWriteStream(part));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** A file or folder, with the time that it has in the archive. */
async function contentOf(entry: Entry, began: number) {
  const bytes =
    entry.kind === "file" ? await readFile(entry.path) : Buffer.from(entry.kind === "text" ? entry.text : "");
  const name = `${archiveFolder}/${entry.name}${entry.kind === "folder" ? "/" : ""}`;
  const mode = entry.kind === "file" ? entry.mode : entry.kind === "folder" ? 0o755 : 0o644;
  return { name, bytes, mode, mtime: new Date(began + entry.later * 1000) };
}

/** In the past, also for the stamps: a source that is saved after unpacking must be newer than all stamps. */
const timeOfPacking = () => Date.now() - 5 * 60_000;

async function* tarOf(entries: readonly Entry[], progress: (share: number) => void): AsyncGenerator<Uint8Array> {
  const began = timeOfPacking();
  for (const [index, entry] of entries.entries()) {
    const { bytes, ...header } = await contentOf(entry, began);
    const type = entry.kind === "folder" ? "directory" : entry.kind === "link" ? "symlink" : "file";
    const linkname = entry.kind === "link" ? { linkname: entry.target } : {};
    const packed = await packTar([{ header: { ...header, size: bytes.length, type, ...linkname }, body: bytes }]);
    // Each packed tar ends with two empty blocks, and only the last tar may have them.
    yield packed.subarray(0, packed.length - 1024);
    progress((index + 1) / entries.length);
  }
  yield Buffer.alloc(1024);
}

async function* zipOf(entries: readonly Entry[], progress: (share: number) => void): AsyncGenerator<Uint8Array> {
  const began = timeOfPacking();
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
  });
  for (const [index, entry] of entries.entries()) {
    const { name, bytes, mode, mtime } = await contentOf(entry, began);
    const packed = Object.assign(new ZipDeflate(name), { mtime, os: unix, attrs: mode << 16 });
    zip.add(packed);
    packed.push(bytes, true);
    yield* chunks.splice(0);
    progress((index + 1) / entries.length);
  }
  zip.end();
  yield* chunks;
}

/** The number with which a zip says that its file modes are those of Unix. */
const unix = 3;

async function checksumOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
