import { open } from "node:fs/promises";
import { NoRoom, StagedUpload } from "./staged-upload.js";
import { type Placed, UploadFolder } from "./upload-folder.js";

/** Where uploads go, and how much of them. Sizes are in bytes. */
export interface StagingOptions {
  /** Made when the first upload comes. It is for one server alone. */
  readonly folder: string;
  /** Of one file; 16 GiB unless told. */
  readonly mostFileBytes?: number;
  /** Of all files in the folder, and all that is staged; 64 GiB unless told. */
  readonly mostBytes?: number;
  /** How long what is staged, and the outcome of what was committed, is kept when nothing more comes; an hour unless told. */
  readonly keepMs?: number;
  /** Node's own unless told. */
  readonly openFile?: typeof open;
}

/** What an upload is to become. Each of its calls says so, and all the same. */
export interface Wanted {
  readonly name: string;
  /** In bytes, if the client knows. */
  readonly size?: number | undefined;
}

/** How far an upload has come. */
export type Progress =
  | { readonly staged: number; readonly expiresAt: Date; readonly placed?: undefined }
  | { readonly placed: Placed };

/** The upload's first call wanted another name or size. */
export class WantedOtherwise extends Error {}

/** The upload is done. */
export class AlreadyPlaced extends Error {}

const gibibyte = 1024 ** 3;

/** The uploads of one folder: who has them, how large they may be, how long they are kept. */
export class Staging {
  readonly #folder: UploadFolder;
  readonly #mostFileBytes: number;
  readonly #mostBytes: number;
  readonly #keepMs: number;
  readonly #openFile: typeof open;
  /** Uploads that a call has. There is never more than one that does. */
  readonly #taken = new Map<string, StagedUpload>();
  /** Of two commits of one name, the second is to find the file of the first. */
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

  /** How far the upload has come; undefined where there is none, or none any more. */
  async progress(id: string): Promise<Progress | undefined> {
    const record = await this.#folder.record(id);
    const touched = this.#taken.has(id) ? Date.now() : await this.#folder.touched(id);
    if (record === undefined || touched === undefined || this.#isOld(touched)) return undefined;
    const staged = await this.#folder.staged(id);
    if (staged !== undefined) return { staged, expiresAt: new Date(touched + this.#keepMs) };
    return record.placed && { placed: record.placed };
  }

  /**
   * Takes the upload for a call, and takes it away from the one that has it: after a reconnection that is most often a
   * call of whose end the server has not heard yet. Who takes it releases it.
   *
   * @throws AlreadyPlaced, WantedOtherwise, NoRoom, NoPlace; TakenAway if another call has come meanwhile
   */
  async take(id: string, wanted: Wanted): Promise<StagedUpload> {
    const upload = await this.#own(id);
    try {
      await upload.whileOurs(() => this.#begin(id, wanted, upload));
      return upload;
    } catch (error) {
      await upload.release();
      throw error;
    }
  }

  /** Makes the file of all that is staged: before it nothing of it is to be seen, and after it everything. */
  place(id: string, { name, size }: Wanted, upload: StagedUpload): Promise<Placed> {
    return upload.whileOurs(async () => {
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

  /** Frees what a call has staged; the call keeps the right to it until it releases it. */
  refuse(id: string, upload: StagedUpload): Promise<void> {
    return upload.whileOurs(async () => {
      await upload.close();
      await this.#folder.forget(id);
    });
  }

  /**
   * Frees what is staged, and ends the call that has it. What is in its place stays.
   *
   * @returns how far the upload had come
   */
  async abort(id: string): Promise<Progress | undefined> {
    const upload = await this.#own(id);
    try {
      return await upload.whileOurs(async () => {
        const progress = await this.progress(id);
        if (progress && progress.placed === undefined) await this.#folder.forget(id);
        return progress;
      });
    } finally {
      await upload.release();
    }
  }

  /** Frees what was staged, and forgets what was committed, so long ago that it is kept no longer. */
  sweep(): Promise<void> {
    // One after the other, and each sweep is over before a call opens what it has taken: what is being freed is nobody's.
    const swept = this.#swept.then(() => this.#sweepNow());
    this.#swept = swept.catch(() => {});
    return swept;
  }

  /** Sweeps no more by itself. What is staged stays, for the next server of this folder. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#sweeping);
  }

  async #own(id: string): Promise<StagedUpload> {
    const before = this.#taken.get(id);
    const upload = new StagedUpload((fileBytes, more) => this.#admit(fileBytes, more));
    this.#taken.set(id, upload);
    upload.released.then(() => this.#isReleased(id, upload));
    await before?.takeAway();
    return upload;
  }

  async #sweepNow(): Promise<void> {
    const { ids, bytes } = await this.#folder.survey();
    // Counted anew, since a folder is changed by others too. What is written in this moment may be counted twice, or not.
    this.#bytes = bytes;
    for (const id of ids) if (!this.#taken.has(id)) await this.#forgetIfOld(id);
  }

  async #forgetIfOld(id: string): Promise<void> {
    const touched = await this.#folder.touched(id);
    if (touched === undefined || !this.#isOld(touched)) return;
    this.#bytes -= (await this.#folder.staged(id)) ?? 0;
    await this.#folder.forget(id);
  }

  async #begin(id: string, wanted: Wanted, upload: StagedUpload): Promise<void> {
    await this.#folder.make();
    // Said before anything is sent, and not when all of it is there.
    await this.#folder.has(wanted.name);
    await this.sweep();
    await this.#forgetIfOld(id);
    const known = await this.progress(id);
    if (known?.placed) throw new AlreadyPlaced();
    const record = known && (await this.#folder.record(id));
    if (record && (record.name !== wanted.name || record.size !== wanted.size)) throw new WantedOtherwise();
    if (wanted.size !== undefined) this.#mustFit(wanted.size, wanted.size - (known?.staged ?? 0));
    if (!record) await this.#folder.keep(id, wanted);
    await upload.open(this.#folder.bytesOf(id), this.#openFile);
  }

  #mustFit(fileBytes: number, more: number): void {
    if (fileBytes > this.#mostFileBytes) throw new NoRoom(`a file may have ${this.#mostFileBytes} bytes at most`);
    if (this.#bytes + more > this.#mostBytes) {
      throw new NoRoom(`all files together may have ${this.#mostBytes} bytes at most, and would have more`);
    }
  }

  #admit(fileBytes: number, more: number): void {
    this.#mustFit(fileBytes, more);
    this.#bytes += more;
  }

  #isOld(touched: number): boolean {
    return touched + this.#keepMs <= Date.now();
  }

  #isReleased(id: string, upload: StagedUpload): void {
    if (this.#taken.get(id) === upload) this.#taken.delete(id);
    if (this.#closed) return;
    // When so long has passed since the last release, everything that is staged is old.
    clearTimeout(this.#sweeping);
    this.#sweeping = setTimeout(() => void this.sweep().catch(() => {}), this.#keepMs + 1).unref();
  }
}
