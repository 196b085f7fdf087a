import { status } from "@grpc/grpc-js";
import { aborted, badRequest, type Incoming, implement, StatusError } from "quartet-bridge";
import {
  type Commit,
  type Header,
  type PutRequest,
  type PutResponse,
  UploadService,
} from "#gen/quartet/upload/v1/upload.js";
import type { StagedUpload } from "./staged-upload.js";
import { Staging, type StagingOptions } from "./staging.js";
import {
  checkUploadId,
  difference,
  notFound,
  readChunk,
  readHeader,
  throwAsStatus,
  toStoredFile,
} from "./upload-rules.js";

/**
 * The service of upload.proto. A file appears whole or not at all.
 *
 * @param draining aborts when the server begins to stop
 */
export function upload(draining: AbortSignal, options: StagingOptions) {
  const staging = new Staging(options);
  aborted(draining).subscribe(() => staging.close());

  return implement(UploadService, {
    async put(requests) {
      const header = await readHeader(requests);
      const staged = await staging.lock(header.uploadId, header).catch(throwAsStatus);
      try {
        // A call that is waiting for its client must end at once when a newer call takes the lock.
        return await staged.unlessLockLost(receive(requests, header, staged)).catch(throwAsStatus);
      } finally {
        // After a cut call the staged bytes stay, and the next call continues with them.
        await staged.releaseLock();
      }
    },

    async status({ uploadId }) {
      const progress = await staging.progress(checkUploadId("upload_id", uploadId));
      if (progress === undefined) throw notFound();
      if (progress.placed) return { state: { $case: "committed", committed: toStoredFile(progress.placed) } };
      const { staged: size, expiresAt } = progress;
      return { state: { $case: "staged", staged: { size, expiresAt } } };
    },

    async abort({ uploadId }) {
      const progress = await staging.abort(checkUploadId("upload_id", uploadId)).catch(throwAsStatus);
      if (progress === undefined) throw notFound();
      if (progress.placed) throw new StatusError(status.FAILED_PRECONDITION, "it was committed, and the file stays");
      return {};
    },
  });

  async function receive(requests: Incoming<PutRequest>, header: Header, staged: StagedUpload): Promise<PutResponse> {
    for await (const { step } of requests) {
      if (step?.$case === "commit") return commit(step.commit, header, staged);
      // Waits until the bytes are written, so a slow disk makes the sender wait.
      await staged.append(readChunk(step, staged.size));
    }
    // A half-close does not prove that everything has arrived: a call that is cut can look the same. Only a commit
    // does.
    throw new StatusError(status.FAILED_PRECONDITION, "half-closed without a commit; what was staged stays");
  }

  async function commit(claimed: Commit, header: Header, staged: StagedUpload): Promise<PutResponse> {
    const wrong = difference(claimed, header, staged);
    if (wrong) {
      // Some bytes are wrong, and no one can tell which, so the next attempt must begin at 0.
      await staging.discard(header.uploadId, staged);
      throw badRequest(wrong);
    }
    return { file: toStoredFile(await staging.place(header.uploadId, header, staged)) };
  }
}
