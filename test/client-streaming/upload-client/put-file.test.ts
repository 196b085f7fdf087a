import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { failureOf } from "../../../bridge/test/harness/probe.js";
import { type PutFileOptions, putFile } from "../../../src/client-streaming/upload-client/put-file.js";
import { header, someUpload, temporaryFolder, uploads } from "../upload/uploads.js";

/** A file on the disk, which is open during `use`. */
async function withFile<T>(
  bytes: Buffer,
  use: (local: Parameters<typeof putFile>[1], path: string) => Promise<T>,
): Promise<T> {
  const path = join(temporaryFolder(), "local");
  await writeFile(path, bytes);
  const handle = await open(path);
  try {
    return await use({ handle, name: "a.txt", size: bytes.length, uploadId: "an-upload" }, path);
  } finally {
    await handle.close();
  }
}

/** Uploads a file with these bytes. @returns what is stored or the error, and the progress */
async function put({ calls }: Awaited<ReturnType<typeof uploads>>, bytes: Buffer, options: PutFileOptions = {}) {
  const sent: number[] = [];
  const onProgress = (count: number) => sent.push(count);
  const outcome: unknown = await withFile(bytes, (local) =>
    putFile(calls, local, { onProgress, ...options }).catch((error: unknown) => error),
  );
  return { outcome, sent };
}

/** `maxMs` is large: after an attempt that lasts longer than the longest wait, the count begins anew. */
const soon: PutFileOptions = { backoff: { initialMs: 1 } };

describe("putFile", () => {
  it("uploads a file, and reports its progress from 0 to the end", async () => {
    const served = await uploads();
    const { bytes } = someUpload("a.txt", Buffer.alloc(200_000, "x"));
    const { outcome, sent } = await put(served, bytes);
    expect(outcome).to.include({ name: "a.txt", size: 200_000, replaced: false });
    expect(sent).to.deep.equal([0, 65_536, 131_072, 196_608, 200_000]);
    expect(await served.content("a.txt")).to.deep.equal(bytes);
  });

  it("uploads an empty file", async () => {
    expect((await put(await uploads(), Buffer.alloc(0))).outcome).to.include({ size: 0 });
  });

  it("continues what an earlier program has staged, and sends only the rest", async () => {
    const served = await uploads();
    const { bytes, header, chunk } = someUpload("a.txt", Buffer.alloc(200_000, "x"), "an-upload");
    await failureOf(served.calls.put([header, chunk(0, 150_000)]));
    expect((await put(served, bytes)).sent).to.deep.equal([150_000, 200_000]);
    expect(await served.content("a.txt")).to.deep.equal(bytes);
  });

  it("finds the committed file if only the answer was lost", async () => {
    const served = await uploads();
    const { bytes, header, chunk, commit } = someUpload("a.txt", Buffer.alloc(200_000, "x"), "an-upload");
    await served.calls.put([header, chunk(0), commit]);
    const { outcome, sent } = await put(served, bytes);
    expect(outcome).to.include({ size: 200_000 });
    expect(sent).to.deep.equal([]);
  });

  it("does not retry a refusal, and stops reading the file", async () => {
    const served = await uploads({ mostFileBytes: 1_000_000 });
    const retries: unknown[] = [];
    const onRetry = (retry: unknown) => retries.push(retry);
    const { outcome, sent } = await put(served, Buffer.alloc(4_000_000), { onRetry });
    expect(outcome).to.have.property("code", status.RESOURCE_EXHAUSTED);
    expect(retries).to.deep.equal([]);
    expect(sent.at(-1)).to.be.below(4_000_000);
  });

  it("fails if the file changed during the upload, and keeps nothing of the mixture", async () => {
    const served = await uploads();
    const { bytes, header, chunk } = someUpload("a.txt", Buffer.alloc(200_000, "x"), "an-upload");
    await failureOf(served.calls.put([header, chunk(0, 150_000)]));
    const error = await withFile(bytes, async (local, path) => {
      await writeFile(path, Buffer.alloc(200_000, "y"));
      return failureOf(putFile(served.calls, local, soon));
    });
    expect(error).to.have.property("code", status.INVALID_ARGUMENT);
    expect(await served.all()).to.deep.equal([]);
  });

  it("stops when its signal aborts, with the reason of the signal, and leaves what is staged", async () => {
    const served = await uploads();
    const giveUp = new AbortController();
    const reason = new Error("enough");
    const onProgress = (sent: number) => {
      if (sent > 1_000_000) giveUp.abort(reason);
    };
    const { outcome } = await put(served, Buffer.alloc(4_000_000), { signal: giveUp.signal, onProgress });
    expect(outcome).to.equal(reason);
    expect(await served.visible()).to.deep.equal([]);
    // The server still writes what had arrived. A next call for the upload waits for that, so the folder can be
    // removed.
    await failureOf(served.calls.put([header("an-upload", "a.txt", 4_000_000)]));
  });

  it("ends when `onRetry` throws", async () => {
    const served = await uploads();
    await served.hosting.force();
    const onRetry = ({ error }: { error: unknown }) => {
      throw error;
    };
    const { outcome } = await put(served, Buffer.alloc(10), { onRetry });
    expect(outcome).to.have.property("code", status.UNAVAILABLE);
  });
});
