import { createHash, type Hash } from "node:crypto";
import type { FileHandle, open } from "node:fs/promises";
import { readChunks } from "./file-bytes.js";

/** The call has lost its lock on the upload: a newer call has taken it, or the upload was aborted. */
export class LockLost extends Error {}

/** A file, or all files together, would be larger than allowed, or the disk is full. The message says which. */
export class NoRoom extends Error {}

/** The bytes of one upload, and the lock on them. The call that holds the lock releases it. */
export class StagedUpload {
  /** Resolves when the call has released the lock. */
  readonly released: Promise<void>;
  readonly #revoked = new AbortController();
  readonly #hash: Hash = createHash("sha256");
  readonly #reserve: (fileBytes: number, more: number) => void;
  #resolveReleased: () => void = () => {};
  #file: FileHandle | undefined;
  #size = 0;
  #work: Promise<unknown> = Promise.resolve();

  /** @param reserve throws NoRoom if a file of `fileBytes`, of which `more` are new, is not allowed */
  constructor(reserve: (fileBytes: number, more: number) => void) {
    this.#reserve = reserve;
    this.released = new Promise((resolve) => {
      this.#resolveReleased = resolve;
    });
  }

  /** How many bytes are staged, which is the offset of the next ones. */
  get size(): number {
    return this.#size;
  }

  /** The SHA-256 of the staged bytes, in hexadecimal digits. */
  get sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Opens the staged file, and reads it, because the checksum is over all of it. */
  async open(path: string, openFile: typeof open): Promise<void> {
    this.#file = await openFile(path, "a+");
    for await (const bytes of readChunks(this.#file, 0)) this.#count(bytes);
  }

  /**
   * Adds bytes to the staged ones.
   *
   * @throws NoRoom, or LockLost
   */
  append(data: Uint8Array): Promise<void> {
    return this.withLock(async () => {
      this.#reserve(this.#size + data.length, data.length);
      for (let from = 0; from < data.length; ) from += await this.#write(data.subarray(from));
    });
  }

  /** Makes sure that the staged bytes are on the disk. */
  async flush(): Promise<void> {
    await this.#file?.sync();
  }

  /**
   * Does `work` while this call holds the lock. No other call gets the lock before `work` is done.
   *
   * @throws LockLost if another call has the lock
   */
  async withLock<T>(work: () => Promise<T>): Promise<T> {
    this.#revoked.signal.throwIfAborted();
    const working = work().catch(throwNoRoomIfFull);
    this.#work = working.catch(() => {});
    return working;
  }

  /** Settles as `call` does, or rejects with LockLost at once when another call takes the lock. */
  async unlessLockLost<T>(call: Promise<T>): Promise<T> {
    const { signal } = this.#revoked;
    let giveUp = () => {};
    const lost = new Promise<never>((_, reject) => {
      giveUp = () => reject(signal.reason);
      signal.addEventListener("abort", giveUp);
      if (signal.aborted) giveUp();
    });
    try {
      return await Promise.race([call, lost]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Takes the lock from the call that holds it, and resolves when that call has released it. */
  revokeLock(): Promise<void> {
    this.#revoked.abort(new LockLost());
    return this.released;
  }

  /** Releases the lock after the work under it. May be called again. */
  async releaseLock(): Promise<void> {
    this.#revoked.abort(new LockLost());
    await this.#work;
    await this.close();
    this.#resolveReleased();
  }

  /** Closes the file, because some systems cannot move or delete an open file. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #write(data: Uint8Array): Promise<number> {
    if (this.#file === undefined) throw new LockLost();
    const { bytesWritten } = await this.#file.write(data);
    this.#count(data.subarray(0, bytesWritten));
    return bytesWritten;
  }

  #count(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }
}

function throwNoRoomIfFull(error: NodeJS.ErrnoException): never {
  const full = error.code === "ENOSPC" || error.code === "EDQUOT";
  throw full ? new NoRoom("the server's disk is full", { cause: error }) : error;
}
