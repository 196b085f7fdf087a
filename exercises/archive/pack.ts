import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { type Archiver, TarArchive, ZipArchive } from "archiver";
import { bridgeOf, contentsOf, dependenciesOf, type Entry, NoArchive, nativeToolsMissing } from "./contents.js";
import { nameOf, type Platform } from "./platform.js";

/** The folder that an archive is unpacked to. */
export const archiveFolder = "quartet";

/** An archive that has been made. */
export interface Packed {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256, in hexadecimal. */
  readonly checksum: string;
}

export interface PackOptions {
  /** The checkout, installed, generated and compiled. */
  readonly root: string;
  /** Where the archive goes. */
  readonly folder: string;
  /** Told of every step, and of the share that is packed, from 0 to 1. */
  readonly progress: (step: string, share: number) => void;
}

/**
 * Makes the archive for a platform: all that a laptop of that kind needs to do the workshop without a network. The dependencies
 * are installed anew, for that platform; that needs the registry. The file appears when it is whole.
 *
 * @throws NoArchive where this is no clone, or a dependency cannot be had
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
  // With the workspace, or npm would make a link to nothing.
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
  // npm is a script of the shell on Windows: without `shell`, it is not found there.
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

/** Writes an archive: a zip for Windows, a tar elsewhere. What is there under that name is replaced when the new one is whole. */
export async function write(
  entries: readonly Entry[],
  file: string,
  { os }: Pick<Platform, "os">,
  progress: (share: number) => void = () => {},
): Promise<void> {
  const archive = os === "win32" ? new ZipArchive() : new TarArchive({ gzip: true });
  const part = `${file}.part`;
  const written = pipeline(archive, createWriteStream(part));
  try {
    await Promise.all([written, fill(archive, entries, progress)]);
    await rename(part, file);
  } catch (error) {
    archive.destroy();
    await written.catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
}

/** One after the other, in their order. What cannot be read is an error here; in a stream of archiver's nobody would catch it. */
async function fill(archive: Archiver, entries: readonly Entry[], progress: (share: number) => void): Promise<void> {
  // In the past, the stamps too: a source that is saved after unpacking must be later than each of them.
  const began = Date.now() - 5 * 60_000;
  for (const [index, entry] of entries.entries()) {
    const name = `${archiveFolder}/${entry.name}`;
    const date = new Date(began + entry.later * 1000);
    const bytes = entry.kind === "file" ? await readFile(entry.path) : undefined;
    const taken = once(archive, "entry");
    if (entry.kind === "file") archive.append(bytes ?? "", { name, date, mode: entry.mode });
    else if (entry.kind === "folder") archive.append("", { name: `${name}/`, type: "directory", date });
    else if (entry.kind === "link") archive.symlink(name, entry.target);
    else archive.append(entry.text, { name, date });
    await taken;
    progress((index + 1) / entries.length);
  }
  await archive.finalize();
}

async function checksumOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
