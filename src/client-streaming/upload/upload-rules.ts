import { status } from "@grpc/grpc-js";
import { badRequest, StatusError, statusWithDetails, type Violation } from "quartet-bridge";
import type { Commit, Header, PutRequest, StoredFile } from "#gen/quartet/upload/v1/upload.js";
import { problemOfName } from "./file-name.js";
import { LockLost, NoRoom } from "./staged-upload.js";
import { AlreadyPlaced, TargetChanged } from "./staging.js";
import { NotAFile, type Placed } from "./upload-folder.js";

/** The largest chunk, in bytes. */
const mostChunkBytes = 1024 * 1024;

/** Reads the first message of a call. @throws StatusError if it is not a valid header */
export async function readHeader(requests: AsyncIterable<PutRequest>): Promise<Header> {
  const first = await requests[Symbol.asyncIterator]().next();
  if (first.done) throw new StatusError(status.FAILED_PRECONDITION, "half-closed without a header");
  const { step } = first.value as PutRequest;
  if (step?.$case !== "header") throw badRequest({ field: "step", description: "must be a header at first" });
  checkUploadId("header.upload_id", step.header.uploadId);
  const problem = problemOfName(step.header.name);
  if (problem !== undefined) throw badRequest({ field: "header.name", description: problem });
  return step.header;
}

/** Returns `id` if it is valid. @throws StatusError INVALID_ARGUMENT with a BadRequest if not */
export function checkUploadId(field: string, id: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw badRequest({ field, description: "must be 1 to 64 of A-Z, a-z, 0-9, - and _" });
}

/** Returns the bytes of a chunk. @throws StatusError if the step is not a valid chunk at `offset` */
export function readChunk(step: PutRequest["step"], offset: number): Buffer {
  if (step?.$case !== "chunk") throw badRequest({ field: "step", description: "must be a chunk or the commit" });
  const { data, offset: claimed } = step.chunk;
  if (data.length < 1 || data.length > mostChunkBytes) {
    throw badRequest({ field: "chunk.data", description: `must have 1 to ${mostChunkBytes} bytes` });
  }
  if (claimed === offset) return data;
  const metadata = { stagedBytes: String(offset) };
  throw statusWithDetails(status.OUT_OF_RANGE, `the chunk is not the next one: ${offset} bytes are staged`, {
    errorInfo: { reason: "WRONG_OFFSET", domain: "quartet", metadata },
  });
}

/**
 * How the commit differs from the header or the staged bytes; undefined if all agree.
 *
 * @throws StatusError INVALID_ARGUMENT if the checksum has a wrong length
 */
export function difference(
  { size, sha256 }: Commit,
  header: Header,
  staged: { readonly size: number; readonly sha256: string },
): Violation | undefined {
  if (sha256.length !== 32) throw badRequest({ field: "commit.sha256", description: "must have 32 bytes" });
  if (size !== (header.size ?? size)) return { field: "commit.size", description: "differs from the header's size" };
  if (size !== staged.size) return { field: "commit.size", description: "differs from the chunks" };
  if (sha256.toString("hex") === staged.sha256) return undefined;
  return { field: "commit.sha256", description: "differs from the chunks" };
}

export function notFound(): StatusError {
  return new StatusError(status.NOT_FOUND, "this upload is unknown or expired: begin at offset 0");
}

/** Throws an error of the staging as the contract's status, and any other error unchanged. */
export function throwAsStatus(error: unknown): never {
  if (error instanceof NoRoom) throw new StatusError(status.RESOURCE_EXHAUSTED, error.message);
  if (error instanceof LockLost) {
    throw new StatusError(status.ABORTED, "another call has taken this upload over, or it was aborted");
  }
  if (error instanceof TargetChanged) {
    throw new StatusError(status.FAILED_PRECONDITION, "the upload began with another name or size");
  }
  if (error instanceof NotAFile) {
    throw badRequest({ field: "header.name", description: "is the name of something that is not a file" });
  }
  if (error instanceof AlreadyPlaced) {
    throw new StatusError(status.ALREADY_EXISTS, "this upload was committed: Status has the outcome");
  }
  throw error;
}

export function toStoredFile({ name, size, sha256, replaced }: Placed): StoredFile {
  return { name, size, sha256: Buffer.from(sha256, "hex"), replaced };
}
