import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stagedPrefix } from "./file-name.js";

/** A file that is in its place. */
export interface Placed {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Whether there was one of that name before. */
  readonly replaced: boolean;
}

/** What is known of an upload beside its bytes. */
export interface UploadRecord {
  readonly name: string;
  readonly size?: number | undefined;
  /** Written before the file is moved: while its bytes are staged still, that has not come to pass. */
  readonly placed?: Placed;
}

/** A name at which something stands that is no file. */
export class NoPlace extends Error {}

/**
 * A folder of files, and between them, hidden, the bytes and the record of each upload. They are on the file system of
 * the files, so that one comes to its place in one step; and as all that is known is here, a server that was killed goes
 * on where it was.
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
  bytesOf(id: string): string {
    return join(this.#path, `${stem(id)}.bytes`);
  }

  /** How many bytes of it are staged; undefined where it has none, not even an empty file. */
  staged(id: string): Promise<number | undefined> {
    return sizeOf(this.bytesOf(id));
  }

  async record(id: string): Promise<UploadRecord | undefined> {
    const text = await readFile(this.#recordOf(id), "utf8").catch(ifMissing);
    return text === undefined ? undefined : (JSON.parse(text) as UploadRecord);
  }

  /** In one step, as with the files: half a record would be none. */
  async keep(id: string, record: UploadRecord): Promise<void> {
    const draft = `${this.#recordOf(id)}~`;
    await writeFile(draft, JSON.stringify(record), { flush: true });
    await rename(draft, this.#recordOf(id));
  }

  /** When an upload was last heard of, in milliseconds since 1970; undefined for one that there is not. */
  async touched(id: string): Promise<number | undefined> {
    const found = await Promise.all([this.bytesOf(id), this.#recordOf(id)].map((file) => stat(file).catch(ifMissing)));
    const last = Math.max(...found.map((each) => each?.mtimeMs ?? 0));
    return last === 0 ? undefined : last;
  }

  /** Whether there is a file of this name. @throws NoPlace if there is something else */
  async has(name: string): Promise<boolean> {
    const found = await stat(join(this.#path, name)).catch(ifMissing);
    if (found && !found.isFile()) throw new NoPlace();
    return found !== undefined;
  }

  /** Makes the staged bytes the file `name`, in place of one that there may be; it is there after a loss of power too. */
  async place(id: string, name: string): Promise<void> {
    await rename(this.bytesOf(id), join(this.#path, name));
    // Windows opens no folders, and does not need it.
    if (process.platform === "win32") return;
    const folder = await open(this.#path);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Frees what is kept of an upload. */
  async forget(id: string): Promise<void> {
    // The bytes first: a record that is left without them, and without a file in its place, stands for no upload.
    await rm(this.bytesOf(id), { force: true });
    await rm(this.#recordOf(id), { force: true });
  }

  /** The uploads that something is kept of, and the bytes of all files together. */
  async survey(): Promise<{ readonly ids: ReadonlySet<string>; readonly bytes: number }> {
    const names = (await readdir(this.#path).catch(ifMissing)) ?? [];
    const ids = new Set(names.map(idOf).filter((id) => id !== undefined));
    let bytes = 0;
    for (const name of names) bytes += (await sizeOf(join(this.#path, name))) ?? 0;
    return { ids, bytes };
  }

  #recordOf(id: string): string {
    return join(this.#path, `${stem(id)}.json`);
  }
}

/** In hexadecimal digits: for some file systems `a` and `A` are one name, and they are two ids. */
function stem(id: string): string {
  return stagedPrefix + Buffer.from(id).toString("hex");
}

function idOf(file: string): string | undefined {
  const [, hex] = (file.startsWith(stagedPrefix) && file.match(/-([0-9a-f]+)\.(?:bytes|json)/)) || [];
  return hex === undefined ? undefined : Buffer.from(hex, "hex").toString();
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(ifMissing))?.size;
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
