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
import { difference, firstOf, idOf, inWords, mustBeAChunk, mustBeASha256, notFound, stored } from "./upload-rules.js";

/**
 * The service of upload.proto: files that are there whole or not at all.
 *
 * @param draining aborts when the server begins to stop
 */
export function upload(draining: AbortSignal, options: StagingOptions) {
  const staging = new Staging(options);
  aborted(draining).subscribe(() => staging.close());

  return implement(UploadService, {
    async put(requests) {
      const header = await firstOf(requests);
      const staged = await staging.take(header.uploadId, header).catch(inWords);
      try {
        // A call that waits for its client hears at once that a newer one has taken the upload over.
        return await staged.untilTakenAway(receive(requests, header, staged)).catch(inWords);
      } finally {
        // However the call ends: what is staged stays, and whoever comes next goes on with it.
        await staged.release();
      }
    },

    async status({ uploadId }) {
      const progress = await staging.progress(idOf("upload_id", uploadId));
      if (progress === undefined) throw notFound();
      if (progress.placed) return { state: { $case: "committed", committed: stored(progress.placed) } };
      const { staged: size, expiresAt } = progress;
      return { state: { $case: "staged", staged: { size, expiresAt } } };
    },

    async abort({ uploadId }) {
      const progress = await staging.abort(idOf("upload_id", uploadId)).catch(inWords);
      if (progress === undefined) throw notFound();
      if (progress.placed) throw new StatusError(status.FAILED_PRECONDITION, "it was committed, and the file stays");
      return {};
    },
  });

  async function receive(requests: Incoming<PutRequest>, header: Header, staged: StagedUpload): Promise<PutResponse> {
    for await (const { step } of requests) {
      if (step?.$case === "commit") return commit(step.commit, header, staged);
      // Waits until the bytes are written: a slow disk makes the sender wait.
      await staged.append(mustBeAChunk(step, staged.size));
    }
    // An end is no proof that all has come: when a client is cut off, it can look like this too. Only a commit is one.
    throw new StatusError(status.FAILED_PRECONDITION, "half-closed without a commit; what was staged stays");
  }

  async function commit(word: Commit, header: Header, staged: StagedUpload): Promise<PutResponse> {
    mustBeASha256(word.sha256);
    const wrong = difference(word, header, staged);
    if (wrong) {
      // Some of the bytes are wrong, and nobody knows which: they are of no use to anybody.
      await staging.refuse(header.uploadId, staged);
      throw badRequest(wrong);
    }
    return { file: stored(await staging.place(header.uploadId, header, staged)) };
  }
}
