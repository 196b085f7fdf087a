import { createHash, randomBytes, randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { caller, violationsOf } from "quartet-bridge";
import { type PutRequest, UploadService } from "#gen/quartet/upload/v1/upload.js";
import { type Case, failure, grouped } from "../../host/index.js";
import { stateOf } from "../upload-client/put-file.js";

const chunkBytes = 32 * 1024;

/** A file of eight chunks of random bytes; `sent` has the offsets of the chunks that were made. */
function madeUp(name: string) {
  const bytes = randomBytes(8 * chunkBytes);
  const uploadId = randomUUID();
  const sent: number[] = [];
  const header: PutRequest = { step: { $case: "header", header: { uploadId, name, size: bytes.length } } };
  function* chunks(from: number, to: number): Generator<PutRequest> {
    for (let offset = from; offset < to; offset += chunkBytes) {
      sent.push(offset);
      yield { step: { $case: "chunk", chunk: { offset, data: bytes.subarray(offset, offset + chunkBytes) } } };
    }
  }
  const commit = (sha256: Buffer): PutRequest => ({
    step: { $case: "commit", commit: { size: bytes.length, sha256 } },
  });
  return { bytes, uploadId, header, chunks, sent, commit };
}

/** The call is cut half way through a file. The server keeps what it has, and shows no file before the commit. */
export const cut: Case = async ({ client, signal, say }) => {
  const upload = caller(UploadService, client);
  const { bytes, uploadId, header, chunks, sent, commit } = madeUp("cut.bin");
  const half = bytes.length / 2;
  const giveUp = new AbortController();

  let staged = 0;

  async function* firstHalf() {
    yield header;
    yield* chunks(0, half);
    // Asks until the server has staged all of this half, so that it is known where the cut is.
    while (staged < half) {
      const state = await stateOf(upload, uploadId, signal);
      if (state?.$case === "staged") staged = state.staged.size;
    }
    giveUp.abort();
  }

  const either = AbortSignal.any([signal, giveUp.signal]);
  await failure(status.CANCELLED, upload.put(firstHalf(), { signal: either, timeoutMs: 5_000 }));
  say(`cut after ${grouped(staged)} of ${grouped(bytes.length)} bytes: CANCELLED, and no file`);

  const sha256 = createHash("sha256").update(bytes).digest();
  const rest = [header, ...chunks(staged, bytes.length), commit(sha256)];
  const { file } = await upload.put(rest, { signal, timeoutMs: 5_000 });
  say(`continued at ${grouped(staged)}: ${file?.name} has ${grouped(file?.size ?? 0)} bytes`);
  if (file?.size !== bytes.length) throw new Error("it did not continue where it was cut");
  if (new Set(sent).size !== sent.length) throw new Error("what was staged before the cut was sent again");
  say(`  ${sent.length} chunks in two calls: none was sent twice`);
};

/** All bytes arrive, and the commit has another checksum: damaged bytes must not become a file. */
export const corrupted: Case = async ({ client, signal, say }) => {
  const upload = caller(UploadService, client);
  const { bytes, uploadId, header, chunks, commit } = madeUp("corrupted.bin");
  const sha256 = createHash("sha256").update(bytes).update("one byte more").digest();

  const requests = [header, ...chunks(0, bytes.length), commit(sha256)];
  const error = await failure(status.INVALID_ARGUMENT, upload.put(requests, { signal, timeoutMs: 5_000 }));
  const [violation] = violationsOf(error);
  say(`refused: ${violation?.field} ${violation?.description}`);
  await failure(status.NOT_FOUND, upload.status({ uploadId }, { signal, timeoutMs: 5_000 }));
  say("  and nothing of it is left: Status answers NOT_FOUND");
  if (violation?.field !== "commit.sha256") throw new Error("it was refused for another reason");
};
