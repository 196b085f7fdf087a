import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caller } from "quartet-bridge";
import type { PutRequest } from "#gen/quartet/upload/v1/upload.js";
import { UploadService } from "#gen/quartet/upload/v1/upload.js";
import { afterTheTest, loopback } from "../../../bridge/test/harness/loopback.js";
import type { StagingOptions } from "../../../src/client-streaming/upload/staging.js";
import { upload } from "../../../src/client-streaming/upload/upload.js";
import { host } from "../../../src/host/index.js";

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "quartet-test-"));
  afterTheTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A server of uploads in a folder of its own, or in the folder of an earlier server. */
export async function uploads({ folder = temporaryFolder(), ...limits }: Partial<StagingOptions> = {}) {
  const hosting = host((draining) => [upload(draining, { folder, ...limits })]);
  const { client, address } = await loopback(hosting);
  return {
    hosting,
    address,
    folder,
    calls: caller(UploadService, client),
    /** The names of the visible files. */
    visible: async () => (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith(".")).sort(),
    /** Everything, hidden or not. */
    all: () => readdir(folder).catch(() => [] as string[]),
    content: (name: string) => readFile(join(folder, name)),
  };
}

/** An id, some bytes, and the messages that upload them. */
export function someUpload(name = "a.txt", bytes: Buffer = randomBytes(10_000), uploadId: string = randomUUID()) {
  const sha256 = createHash("sha256").update(bytes).digest();
  return {
    uploadId,
    name,
    bytes,
    sha256,
    header: header(uploadId, name, bytes.length),
    /** The bytes from `start` to `end`, with their offset. */
    chunk: (start: number, end = bytes.length) => chunk(start, bytes.subarray(start, end)),
    commit: commit(bytes.length, sha256),
  };
}

export const header = (uploadId: string, name: string, size?: number): PutRequest => ({
  step: { $case: "header", header: { uploadId, name, size } },
});

export const chunk = (offset: number, data: Buffer): PutRequest => ({
  step: { $case: "chunk", chunk: { offset, data } },
});

export const commit = (size: number, sha256: Buffer): PutRequest => ({
  step: { $case: "commit", commit: { size, sha256 } },
});
