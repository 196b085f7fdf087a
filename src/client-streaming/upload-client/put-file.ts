import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { type BackOff, CallError, type Caller, detailsOf, fullJitter } from "quartet-bridge";
import type { PutRequest, StoredFile, UploadService } from "#gen/quartet/upload/v1/upload.js";
import { readChunks } from "../upload/file-bytes.js";

/** A file to upload, and the name that the server is to give it. */
export interface LocalFile {
  readonly handle: FileHandle;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** A random id. A client that knows it can continue the upload. */
  readonly uploadId: string;
}

export interface PutFileOptions {
  /** Gives up. The staged bytes stay at the server. */
  readonly signal?: AbortSignal;
  /** How many bytes are sent. The number goes down if an attempt has lost some. */
  readonly onProgress?: (sent: number) => void;
  /** Called before each wait for another attempt. `attempt` counts the failures in a row. An error ends the upload. */
  readonly onRetry?: (retry: { readonly error: unknown; readonly attempt: number }) => void;
  /** After this long without progress the connection counts as dead; 30 s by default. */
  readonly idleMs?: number;
  readonly backoff?: BackOff;
}

/**
 * Uploads a file. When a call is cut, it waits and continues where the server's staged bytes end.
 *
 * @throws the error of an attempt that another attempt cannot mend, or the reason of `signal`
 */
export async function putFile(
  upload: Caller<typeof UploadService>,
  file: LocalFile,
  { signal, onProgress, onRetry, idleMs = 30_000, backoff }: PutFileOptions = {},
): Promise<StoredFile> {
  const waits = fullJitter(backoff);
  let failures = 0;
  let mostStaged = -1;
  for (;;) {
    const idle = new AbortController();
    const timer = setTimeout(() => idle.abort(), idleMs);
    try {
      return await putOnce(upload, file, AbortSignal.any(signal ? [signal, idle.signal] : [idle.signal]), {
        // Bytes that were sent may be lost. Only what the server has staged counts as progress.
        onStaged(staged) {
          if (staged > mostStaged) {
            mostStaged = staged;
            failures = 0;
            waits.reset();
          }
          onProgress?.(staged);
        },
        onSent(sent) {
          timer.refresh();
          onProgress?.(sent);
        },
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (!canBeMended(error)) throw error;
      failures += 1;
      onRetry?.({ error, attempt: failures });
    } finally {
      clearTimeout(timer);
    }
    await wait(waits.next(), undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted());
  }
}

/** One attempt: asks how much is staged, and sends the rest. */
async function putOnce(
  upload: Caller<typeof UploadService>,
  { handle, name, size, uploadId }: LocalFile,
  signal: AbortSignal,
  { onStaged, onSent }: { onStaged(bytes: number): void; onSent(bytes: number): void },
): Promise<StoredFile> {
  const state = await stateOf(upload, uploadId, signal);
  if (state?.$case === "committed") return state.committed;
  let offset = state?.staged.size ?? 0;
  onStaged(offset);
  const hash = createHash("sha256");
  // The checksum is over the whole file, so the staged part is read again.
  for await (const bytes of readChunks(handle, 0, offset)) hash.update(bytes);

  async function* steps(): AsyncGenerator<PutRequest> {
    yield { step: { $case: "header", header: { uploadId, name, size } } };
    for await (const data of readChunks(handle, offset)) {
      hash.update(data);
      yield { step: { $case: "chunk", chunk: { offset, data } } };
      // The call asks for the next message when it has room, so the server sets the pace.
      offset += data.length;
      onSent(offset);
    }
    yield { step: { $case: "commit", commit: { size: offset, sha256: hash.digest() } } };
  }

  const { file } = await upload.put(steps(), { signal });
  if (file === undefined) throw new Error("the server's answer has no file");
  return file;
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
 * Whether another attempt can succeed. A server that is stopped by force looks like CANCELLED (fact 18). WRONG_OFFSET
 * and ALREADY_EXISTS mean that the server has received more than this client knows of.
 */
function canBeMended(error: unknown): boolean {
  if (!(error instanceof CallError)) return false;
  if (error.code === status.OUT_OF_RANGE) return detailsOf(error).errorInfo?.reason === "WRONG_OFFSET";
  return [status.UNAVAILABLE, status.CANCELLED, status.ALREADY_EXISTS].includes(error.code);
}
