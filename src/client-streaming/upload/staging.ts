import { open } from "node:fs/promises";
import { NoRoom, StagedUpload } from "./staged-upload.js";
import { type Placed, UploadFolder } from "./upload-folder.js";

/** Where uploads go, and how large they may be. Sizes are in bytes. */
export interface StagingOptions {
  /** Made when the first upload begins. Only one server may use it. */
  readonly folder: string;
  /** The most bytes of one file; 16 GiB by default. */
  readonly mostFileBytes?: number;
  /** The most bytes of all files in the folder, staged ones included; 64 GiB by default. */
  readonly mostBytes?: number;
  /** How long staged bytes, and the outcome of a commit, are kept without another call; an hour by default. */
  readonly keepMs?: number;
  /** Node's own by default. */
  readonly openFile?: typeof open;
}

/** The file that an upload is to become. Every call of an upload names the same target. */
export interface Target {
  readonly name: string;
  /** In bytes, if the client knows it. */
  readonly size?: number | undefined;
}

/** How far an upload is. */
export type Progress =
  | { readonly staged: number; readonly expiresAt: Date; readonly placed?: undefined }
  | { readonly placed: Placed };

/** The upload's first call named another target. */
export class TargetChanged extends Error {}

/** The upload was committed. */
export class AlreadyPlaced extends Error {}

const gibibyte = 1024 ** 3;

/** The uploads of one folder: which call holds the lock on each, how large they may be, how long they are kept. */
export class Staging {
  readonly #folder: UploadFolder;
  readonly #mostFileBytes: number;
  readonly #mostBytes: number;
  readonly #keepMs: number;
  readonly #openFile: typeof open;
  /** The uploads that a call has locked, by id. */
  readonly #locked = new Map<string, StagedUpload>();
  /** Commits run one after the other: of two with one name, the second must find the file of the first. */
  #placing: Promise<unknown> = Promise.resolve();
  #swept: Promise<unknown> = Promise.resolve();
  #bytes = 0;
  #closed = false;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(options: StagingOptions) {
    this.#folder = new UploadFolder(options.folder);
    this.#mostFileBytes = options.mostFileBytes ?? 16 * gibibyte;
    this.#mostBytes = options.mostBytes ?? 64 * gibibyte;
    this.#keepMs = options.keepMs ?? 3_600_000;
    this.#openFile = options.openFile ?? open;
  }

  /** How far the upload is; undefined if it is unknown or expired. */
  async progress(id: string): Promise<Progress | undefined> {
    const record = await this.#folder.record(id);
    const touched = this.#locked.has(id) ? Date.now() : await this.#folder.touched(id);
    if (record === undefined || touched === undefined || this.#isExpired(touched)) return undefined;
    const staged = await this.#folder.stagedBytes(id);
    if (staged !== undefined) return { staged, expiresAt: new Date(touched + this.#keepMs) };
    return record.placed && { placed: record.placed };
  }

  /**
   * Locks the upload for a call, and takes the lock from the call that holds it. After a reconnection that is usually a
   * dead call that the server has not noticed yet. The caller releases the lock.
   *
   * @throws AlreadyPlaced, TargetChanged, NoRoom, NotAFile; LockLost if another call has taken the lock meanwhile
   */
  async lock(id: string, target: Target): Promise<StagedUpload> {
    const upload = await this.#acquireLock(id);
    try {
      await upload.withLock(() => this.#begin(id, target, upload));
      return upload;
    } catch (error) {
      await upload.releaseLock();
      throw error;
    }
  }

  /** Turns the staged bytes into the file. The file appears all at once. */
  place(id: string, { name, size }: Target, upload: StagedUpload): Promise<Placed> {
    return upload.withLock(async () => {
      await upload.flush();
      await upload.close();
      const placing = this.#placing.then(async () => {
        const replaced = await this.#folder.has(name);
        const placed = { name, size: upload.size, sha256: upload.sha256, replaced };
        await this.#folder.keep(id, { name, size, placed });
        await this.#folder.place(id, name);
        return placed;
      });
      this.#placing = placing.catch(() => {});
      return placing;
    });
  }

  /** Deletes what a call has staged. The call still holds the lock. */
  discard(id: string, upload: StagedUpload): Promise<void> {
    return upload.withLock(async () => {
      await upload.close();
      await this.#folder.forget(id);
    });
  }

  /**
   * Deletes the staged bytes, and ends the call that holds the lock. A committed file stays.
   *
   * @returns how far the upload was
   */
  async abort(id: string): Promise<Progress | undefined> {
    const upload = await this.#acquireLock(id);
    try {
      return await upload.withLock(async () => {
        const progress = await this.progress(id);
        if (progress && progress.placed === undefined) await this.#folder.forget(id);
        return progress;
      });
    } finally {
      await upload.releaseLock();
    }
  }

  /** Deletes what has expired: staged bytes and the outcomes of commits. */
  sweep(): Promise<void> {
    // Sweeps run one after the other, and a call waits for a sweep before it opens its upload.
    const swept = this.#swept.then(() => this.#sweepNow());
    this.#swept = swept.catch(() => {});
    return swept;
  }

  /** Stops the sweeps. What is staged stays, for the next server of this folder. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#sweeping);
  }

  async #acquireLock(id: string): Promise<StagedUpload> {
    const before = this.#locked.get(id);
    const upload = new StagedUpload((fileBytes, more) => this.#reserve(fileBytes, more));
    this.#locked.set(id, upload);
    upload.released.then(() => this.#isReleased(id, upload));
    await before?.revokeLock();
    return upload;
  }

  async #sweepNow(): Promise<void> {
    const { ids, bytes } = await this.#folder.survey();
    // Counted anew, because other programs change the folder too. A write at this moment may be missed or counted
    // twice.
    this.#bytes = bytes;
    for (const id of ids) if (!this.#locked.has(id)) await this.#forgetIfExpired(id);
  }

  async #forgetIfExpired(id: string): Promise<void> {
    const touched = await this.#folder.touched(id);
    if (touched === undefined || !this.#isExpired(touched)) return;
    this.#bytes -= (await this.#folder.stagedBytes(id)) ?? 0;
    await this.#folder.forget(id);
  }

  async #begin(id: string, target: Target, upload: StagedUpload): Promise<void> {
    await this.#folder.make();
    // A name that cannot be used is refused now, before the client sends the bytes.
    await this.#folder.has(target.name);
    await this.sweep();
    await this.#forgetIfExpired(id);
    const known = await this.progress(id);
    if (known?.placed) throw new AlreadyPlaced();
    const record = known && (await this.#folder.record(id));
    if (record && (record.name !== target.name || record.size !== target.size)) throw new TargetChanged();
    if (target.size !== undefined) this.#mustFit(target.size, target.size - (known?.staged ?? 0));
    if (!record) await this.#folder.keep(id, target);
    await upload.open(this.#folder.stagedPath(id), this.#openFile);
  }

  #mustFit(fileBytes: number, more: number): void {
    if (fileBytes > this.#mostFileBytes) throw new NoRoom(`a file may have at most ${this.#mostFileBytes} bytes`);
    if (this.#bytes + more > this.#mostBytes) {
      throw new NoRoom(`all files together may have at most ${this.#mostBytes} bytes, and would have more`);
    }
  }

  #reserve(fileBytes: number, more: number): void {
    this.#mustFit(fileBytes, more);
    this.#bytes += more;
  }

  #isExpired(touched: number): boolean {
    return touched + this.#keepMs <= Date.now();
  }

  #isReleased(id: string, upload: StagedUpload): void {
    if (this.#locked.get(id) === upload) this.#locked.delete(id);
    if (this.#closed) return;
    // When no upload was released for this long, all staged uploads have expired.
    clearTimeout(this.#sweeping);
    this.#sweeping = setTimeout(() => void this.sweep().catch(() => {}), this.#keepMs + 1).unref();
  }
}
