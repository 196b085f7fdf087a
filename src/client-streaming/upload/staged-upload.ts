import { createHash, type Hash } from "node:crypto";
import type { FileHandle, open } from "node:fs/promises";
import { bytesOf } from "./file-bytes.js";

/** The upload is in other hands by now: a newer call's, or it was aborted. */
export class TakenAway extends Error {}

/** The file, or all of them together, is larger than is allowed, or the disk is full. The message says which. */
export class NoRoom extends Error {}

/** The bytes of one upload, in the hands of one call, which releases them. */
export class StagedUpload {
  /** Settles when the call has let go. */
  readonly released: Promise<void>;
  readonly #takenAway = new AbortController();
  readonly #hash: Hash = createHash("sha256");
  readonly #admit: (fileBytes: number, more: number) => void;
  #letGo: () => void = () => {};
  #file: FileHandle | undefined;
  #size = 0;
  #work: Promise<unknown> = Promise.resolve();

  /** @param admit throws where a file of so many bytes, so many of them new, is not welcome */
  constructor(admit: (fileBytes: number, more: number) => void) {
    this.#admit = admit;
    this.released = new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }

  /** How many bytes are staged, which is where the next ones belong. */
  get size(): number {
    return this.#size;
  }

  /** The SHA-256 of what is staged, in hexadecimal digits. */
  get sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Opens the file of what is staged, and reads it: the checksum is over all of it. */
  async open(path: string, openFile: typeof open): Promise<void> {
    this.#file = await openFile(path, "a+");
    for await (const bytes of bytesOf(this.#file, 0)) this.#count(bytes);
  }

  /**
   * Stages bytes behind those that are there, which stay whatever happens.
   *
   * @throws NoRoom, or TakenAway
   */
  append(data: Uint8Array): Promise<void> {
    return this.whileOurs(async () => {
      this.#admit(this.#size + data.length, data.length);
      for (let from = 0; from < data.length; ) from += await this.#write(data.subarray(from));
    });
  }

  /** What is staged is on the disk then, and not only on its way. */
  async flush(): Promise<void> {
    await this.#file?.sync();
  }

  /**
   * Does what must not be done by two: nobody else gets the upload before `work` is done.
   *
   * @throws TakenAway if somebody has got it
   */
  async whileOurs<T>(work: () => Promise<T>): Promise<T> {
    this.#takenAway.signal.throwIfAborted();
    const working = work().catch(roomOrElse);
    this.#work = working.catch(() => {});
    return working;
  }

  /** Settles as `call` does, or, when the upload is taken away, fails at once: the call waits for its client. */
  async untilTakenAway<T>(call: Promise<T>): Promise<T> {
    const { signal } = this.#takenAway;
    let giveUp = () => {};
    const takenAway = new Promise<never>((_, reject) => {
      giveUp = () => reject(signal.reason);
      signal.addEventListener("abort", giveUp);
      if (signal.aborted) giveUp();
    });
    try {
      return await Promise.race([call, takenAway]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Takes it from the call that has it, and settles when that has let go. */
  takeAway(): Promise<void> {
    this.#takenAway.abort(new TakenAway());
    return this.released;
  }

  /** Lets go, once that is done which must not be done by two. May be called again. */
  async release(): Promise<void> {
    this.#takenAway.abort(new TakenAway());
    await this.#work;
    await this.close();
    this.#letGo();
  }

  /** Closes the file: some systems move and delete none that is open. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #write(data: Uint8Array): Promise<number> {
    if (this.#file === undefined) throw new TakenAway();
    const { bytesWritten } = await this.#file.write(data);
    this.#count(data.subarray(0, bytesWritten));
    return bytesWritten;
  }

  #count(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }
}

function roomOrElse(error: NodeJS.ErrnoException): never {
  const full = error.code === "ENOSPC" || error.code === "EDQUOT";
  throw full ? new NoRoom("the server's disk is full", { cause: error }) : error;
}
