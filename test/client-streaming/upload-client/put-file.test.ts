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

/** `maxMs` is large: after an attempt that lasts longer than the longest wait, the count begins anew. */
const soon: PutFileOptions = { backoff: { initialMs: 1 } };

describe("putFile", () => {
  it("uploads a file, and reports its progress from 0 to the end", async () => {
    const served = await uploads();
    const { bytes } = someUpload("a.txt", Buffer.alloc(200_000, "x"));
    const sent: number[] = [];
    const stored = await withFile(bytes, (local) =>
      putFile(served.calls, local, { onProgress: (count) => sent.push(count) }),
    );
    expect(stored).to.include({ name: "a.txt", size: 200_000, replaced: false });
    expect(sent).to.deep.equal([0, 65_536, 131_072, 196_608, 200_000]);
    expect(await served.content("a.txt")).to.deep.equal(bytes);
  });

  it("uploads an empty file", async () => {
    const served = await uploads();
    const stored = await withFile(Buffer.alloc(0), (local) => putFile(served.calls, local));
    expect(stored).to.include({ size: 0 });
  });

  it("continues what an earlier program has staged, and sends only the rest", async () => {
    const served = await uploads();
    const { bytes, header, chunk } = someUpload("a.txt", Buffer.alloc(200_000, "x"), "an-upload");
    await failureOf(served.calls.put([header, chunk(0, 150_000)]));
    const sent: number[] = [];
    await withFile(bytes, (local) => putFile(served.calls, local, { onProgress: (count) => sent.push(count) }));
    expect(sent).to.deep.equal([150_000, 200_000]);
    expect(await served.content("a.txt")).to.deep.equal(bytes);
  });

  it("finds the committed file if only the answer was lost", async () => {
    const served = await uploads();
    const { bytes, header, chunk, commit } = someUpload("a.txt", Buffer.alloc(200_000, "x"), "an-upload");
    await served.calls.put([header, chunk(0), commit]);
    const sent: number[] = [];
    const stored = await withFile(bytes, (local) =>
      putFile(served.calls, local, { onProgress: (count) => sent.push(count) }),
    );
    expect(stored.size).to.equal(200_000);
    expect(sent).to.deep.equal([]);
  });

  it("does not retry a refusal, and stops reading the file", async () => {
    const served = await uploads({ mostFileBytes: 1_000_000 });
    const retries: unknown[] = [];
    const sent: number[] = [];
    const error = await withFile(Buffer.alloc(4_000_000), (local) =>
      failureOf(
        putFile(served.calls, local, { onRetry: (retry) => retries.push(retry), onProgress: (n) => sent.push(n) }),
      ),
    );
    expect(error).to.have.property("code", status.RESOURCE_EXHAUSTED);
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
    const error = await withFile(Buffer.alloc(4_000_000), (local) =>
      failureOf(
        putFile(served.calls, local, {
          signal: giveUp.signal,
          onProgress: (sent) => {
            if (sent > 1_000_000) giveUp.abort(reason);
          },
        }),
      ),
    );
    expect(error).to.equal(reason);
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
    const error = await withFile(Buffer.alloc(10), (local) => failureOf(putFile(served.calls, local, { onRetry })));
    expect(error).to.have.property("code", status.UNAVAILABLE);
  });
});
