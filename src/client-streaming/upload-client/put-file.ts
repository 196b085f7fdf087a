import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { status } from "@grpc/grpc-js";
import { aborted, type BackOff, CallError, type Caller, detailsOf, type Retry, resuming } from "quartet-bridge";
import { filter, firstValueFrom, map, merge, Observable, tap } from "rxjs";
import type { PutRequest, StoredFile, UploadService } from "#gen/quartet/upload/v1/upload.js";
import { bytesOf } from "../upload/file-bytes.js";

/** What is to be uploaded, and as what. */
export interface LocalFile {
  readonly handle: FileHandle;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Made up at random, and kept: who has it can go on with the upload. */
  readonly uploadId: string;
}

export interface PutFileOptions {
  /** Gives up. What is staged stays at the server. */
  readonly signal?: AbortSignal;
  /** How far it is, in bytes; it goes back where an attempt has lost some. */
  readonly onProgress?: (sent: number) => void;
  /** An attempt has failed, and another follows, unless this throws. */
  readonly onRetry?: (retry: Retry<number>) => void;
  /** How long nothing may be taken by the server before the connection counts as dead; half a minute unless told. */
  readonly idleMs?: number;
  readonly backoff?: BackOff;
}

/** What an attempt says: the bytes that the server has, those that were sent, and at last the file. */
type Word = { readonly staged: number } | { readonly sent: number } | { readonly stored: StoredFile };

/**
 * Uploads a file, and goes on where it was when a call is cut. It fails with the error of an attempt that no other one
 * would mend, or with the reason of `signal`.
 */
export async function putFile(
  upload: Caller<typeof UploadService>,
  file: LocalFile,
  { signal = new AbortController().signal, onProgress, idleMs = 30_000, ...retrying }: PutFileOptions = {},
): Promise<StoredFile> {
  let mostStaged = -1;
  const words = resuming<Word, number>(() => attempt(upload, file), {
    ...retrying,
    idleMs,
    retryable: isPassing,
    // What was sent may have been lost. An attempt has got somewhere when the next one finds more at the server.
    cursor(word) {
      if (!("staged" in word) || word.staged <= mostStaged) return undefined;
      mostStaged = word.staged;
      return word.staged;
    },
  }).pipe(
    tap((word) => {
      if ("staged" in word) onProgress?.(word.staged);
      if ("sent" in word) onProgress?.(word.sent);
    }),
    filter((word) => "stored" in word),
  );
  const stopped = aborted(signal).pipe(
    map((reason): never => {
      throw reason;
    }),
  );
  return (await firstValueFrom(merge(words, stopped))).stored;
}

/** To unsubscribe ends the attempt. */
function attempt(upload: Caller<typeof UploadService>, file: LocalFile): Observable<Word> {
  return new Observable((subscriber) => {
    const leaving = new AbortController();
    put(upload, file, leaving.signal, (word) => subscriber.next(word)).then(
      () => subscriber.complete(),
      (error) => subscriber.error(error),
    );
    return () => leaving.abort();
  });
}

async function put(
  upload: Caller<typeof UploadService>,
  { handle, name, size, uploadId }: LocalFile,
  signal: AbortSignal,
  say: (word: Word) => void,
): Promise<void> {
  const state = await stateOf(upload, uploadId, signal);
  if (state?.$case === "committed") {
    say({ stored: state.committed });
    return;
  }
  let offset = state?.staged.size ?? 0;
  say({ staged: offset });
  const hash = createHash("sha256");
  // The checksum is over all of the file: what the server has already is read once more.
  for await (const bytes of bytesOf(handle, 0, offset)) hash.update(bytes);

  async function* steps(): AsyncGenerator<PutRequest> {
    yield { step: { $case: "header", header: { uploadId, name, size } } };
    for await (const data of bytesOf(handle, offset)) {
      hash.update(data);
      yield { step: { $case: "chunk", chunk: { offset, data } } };
      // It comes here when there is room for more: the server sets the pace.
      offset += data.length;
      say({ sent: offset });
    }
    yield { step: { $case: "commit", commit: { size: offset, sha256: hash.digest() } } };
  }

  const { file } = await upload.put(steps(), { signal });
  if (file === undefined) throw new Error("the server has answered without a word of the file");
  say({ stored: file });
}

/** What the server knows of the upload; undefined if nothing. */
export async function stateOf(upload: Caller<typeof UploadService>, uploadId: string, signal: AbortSignal) {
  try {
    return (await upload.status({ uploadId }, { signal })).state;
  } catch (error) {
    if (error instanceof CallError && error.code === status.NOT_FOUND) return undefined;
    throw error;
  }
}

/**
 * Whether another attempt can mend it. CANCELLED is how a server looks that was stopped by force (fact 18); whoever
 * cancels here does not ask. The last two come where the server has heard more than this client knows of.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof CallError)) return false;
  if (error.code === status.OUT_OF_RANGE) return detailsOf(error).errorInfo?.reason === "WRONG_OFFSET";
  return [status.UNAVAILABLE, status.CANCELLED, status.ALREADY_EXISTS].includes(error.code);
}
