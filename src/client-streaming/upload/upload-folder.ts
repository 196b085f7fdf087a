import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stagedPrefix } from "./file-name.js";

/** A file that was uploaded. */
export interface Placed {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Whether it has replaced a file of the same name. */
  readonly replaced: boolean;
}

/** What is known of an upload besides its bytes. */
export interface UploadRecord {
  readonly name: string;
  readonly size?: number | undefined;
  /** Written before the staged file is renamed. If the staged file is still there, the rename has not happened. */
  readonly placed?: Placed;
}

/** The name belongs to something that is not a file. */
export class NotAFile extends Error {}

/**
 * A folder of files. Hidden beside them are the bytes and the record of each upload. They are on the same file system,
 * so that a file appears in one step. Everything that is known is on the disk, so a server that was killed can
 * continue.
 */
export class UploadFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async make(): Promise<void> {
    await mkdir(this.#path, { recursive: true });
  }

  /** Where the bytes of an upload are staged. */
  stagedPath(id: string): string {
    return join(this.#path, `${stem(id)}.bytes`);
  }

  /** How many bytes are staged; undefined if there is no staged file, not even an empty one. */
  stagedBytes(id: string): Promise<number | undefined> {
    return sizeOf(this.stagedPath(id));
  }

  async record(id: string): Promise<UploadRecord | undefined> {
    const text = await readFile(this.#recordPath(id), "utf8").catch(ifMissing);
    return text === undefined ? undefined : (JSON.parse(text) as UploadRecord);
  }

  /** Writes the record in one step, so that there is never half a record. */
  async keep(id: string, record: UploadRecord): Promise<void> {
    const draft = `${this.#recordPath(id)}~`;
    await writeFile(draft, JSON.stringify(record), { flush: true });
    await rename(draft, this.#recordPath(id));
  }

  /** When an upload was last written to, in milliseconds since 1970; undefined if there is none. */
  async touched(id: string): Promise<number | undefined> {
    const paths = [this.stagedPath(id), this.#recordPath(id)];
    const found = await Promise.all(paths.map((path) => stat(path).catch(ifMissing)));
    const last = Math.max(...found.map((each) => each?.mtimeMs ?? 0));
    return last === 0 ? undefined : last;
  }

  /** Whether there is a file of this name. @throws NotAFile if the name belongs to something else */
  async has(name: string): Promise<boolean> {
    const found = await stat(join(this.#path, name)).catch(ifMissing);
    if (found && !found.isFile()) throw new NotAFile();
    return found !== undefined;
  }

  /** Makes the staged bytes the file `name`, and replaces an older one. The file survives a loss of power. */
  async place(id: string, name: string): Promise<void> {
    await rename(this.stagedPath(id), join(this.#path, name));
    // Windows cannot open a folder, and does not need this.
    if (process.platform === "win32") return;
    const folder = await open(this.#path);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Deletes the staged bytes and the record. */
  async forget(id: string): Promise<void> {
    // The bytes first: without them a record is ignored, so a crash between the two lines leaves no half upload.
    await rm(this.stagedPath(id), { force: true });
    await rm(this.#recordPath(id), { force: true });
  }

  /** The ids of all uploads, and the bytes of all files together. */
  async survey(): Promise<{ readonly ids: ReadonlySet<string>; readonly bytes: number }> {
    const names = (await readdir(this.#path).catch(ifMissing)) ?? [];
    const ids = new Set(names.map(uploadIdIn).filter((id) => id !== undefined));
    let bytes = 0;
    for (const name of names) bytes += (await sizeOf(join(this.#path, name))) ?? 0;
    return { ids, bytes };
  }

  #recordPath(id: string): string {
    return join(this.#path, `${stem(id)}.json`);
  }
}

/** In hexadecimal digits: some file systems take `a` and `A` for one name, but they are two ids. */
function stem(id: string): string {
  return stagedPrefix + Buffer.from(id).toString("hex");
}

function uploadIdIn(fileName: string): string | undefined {
  const [, hex] = (fileName.startsWith(stagedPrefix) && fileName.match(/-([0-9a-f]+)\.(?:bytes|json)/)) || [];
  return hex === undefined ? undefined : Buffer.from(hex, "hex").toString();
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(ifMissing))?.size;
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
