import { status } from "@grpc/grpc-js";
import { badRequest, StatusError, statusWithDetails, type Violation } from "quartet-bridge";
import type { Commit, Header, PutRequest, StoredFile } from "#gen/quartet/upload/v1/upload.js";
import { problemOfName } from "./file-name.js";
import { NoRoom, TakenAway } from "./staged-upload.js";
import { AlreadyPlaced, WantedOtherwise } from "./staging.js";
import { NoPlace, type Placed } from "./upload-folder.js";

/** The largest chunk, in bytes. */
const mostChunkBytes = 1024 * 1024;

/** The header of a call, which is its first message. @throws StatusError where it is none, or not a good one */
export async function firstOf(requests: AsyncIterable<PutRequest>): Promise<Header> {
  const first = await requests[Symbol.asyncIterator]().next();
  if (first.done) throw new StatusError(status.FAILED_PRECONDITION, "half-closed without a header");
  const { step } = first.value as PutRequest;
  if (step?.$case !== "header") throw badRequest({ field: "step", description: "must be a header at first" });
  idOf("header.upload_id", step.header.uploadId);
  const problem = problemOfName(step.header.name);
  if (problem !== undefined) throw badRequest({ field: "header.name", description: problem });
  return step.header;
}

/** `id`, if it is one of an upload. @throws StatusError INVALID_ARGUMENT with a BadRequest if not */
export function idOf(field: string, id: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw badRequest({ field, description: "must be 1 to 64 of A-Z, a-z, 0-9, - and _" });
}

/** The bytes of a message that is neither header nor commit, and that are to be staged from `offset` on. */
export function mustBeAChunk(step: PutRequest["step"], offset: number): Buffer {
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

export function mustBeASha256(sha256: Buffer): void {
  if (sha256.length !== 32) throw badRequest({ field: "commit.sha256", description: "must have 32 bytes" });
}

/** What the commit says otherwise than the header or the chunks; undefined where all agree. */
export function difference(
  { size, sha256 }: Commit,
  header: Header,
  staged: { readonly size: number; readonly sha256: string },
): Violation | undefined {
  if (size !== (header.size ?? size)) return { field: "commit.size", description: "is not that of the header" };
  if (size !== staged.size) return { field: "commit.size", description: "is not that of the chunks" };
  if (sha256.toString("hex") === staged.sha256) return undefined;
  return { field: "commit.sha256", description: "is not that of the chunks" };
}

export function notFound(): StatusError {
  return new StatusError(status.NOT_FOUND, "there is no such upload, or none any more: begin at 0");
}

/** Throws an error of the staging as the status that the contract has for it, and any other one as it is. */
export function inWords(error: unknown): never {
  if (error instanceof NoRoom) throw new StatusError(status.RESOURCE_EXHAUSTED, error.message);
  if (error instanceof TakenAway) {
    throw new StatusError(status.ABORTED, "another call has taken this upload over, or it was aborted");
  }
  if (error instanceof WantedOtherwise) {
    throw new StatusError(status.FAILED_PRECONDITION, "the upload began with another name or size");
  }
  if (error instanceof NoPlace) {
    throw badRequest({ field: "header.name", description: "is the name of something there that is no file" });
  }
  if (error instanceof AlreadyPlaced) {
    throw new StatusError(status.ALREADY_EXISTS, "this upload was committed: Status has the outcome");
  }
  throw error;
}

export function stored({ name, size, sha256, replaced }: Placed): StoredFile {
  return { name, size, sha256: Buffer.from(sha256, "hex"), replaced };
}
