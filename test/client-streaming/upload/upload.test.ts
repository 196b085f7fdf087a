import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, utimes } from "node:fs/promises";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, detailsOf, violationsOf } from "quartet-bridge";
import type { PutRequest } from "#gen/quartet/upload/v1/upload.js";
import { mostAhead } from "../../../bridge/test/harness/buffers-on-the-way.js";
import { gate } from "../../../bridge/test/harness/loopback.js";
import { failureOf } from "../../../bridge/test/harness/probe.js";
import { chunk, commit, header, someUpload, temporaryFolder, uploads } from "./uploads.js";

type Served = Awaited<ReturnType<typeof uploads>>;

/** A source to which a test gives its requests one by one. */
function dictated() {
  const given: (PutRequest | undefined)[] = [];
  let wake = () => {};
  async function* source(): AsyncGenerator<PutRequest> {
    for (;;) {
      while (given.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const next = given.shift();
      if (next === undefined) return;
      yield next;
    }
  }
  return {
    source,
    /** Gives requests, or the half-close. */
    give(...requests: (PutRequest | undefined)[]) {
      given.push(...requests);
      wake();
    },
  };
}

async function refusal(call: Promise<unknown>): Promise<CallError> {
  const error = await failureOf(call);
  expect(error).to.be.instanceOf(CallError);
  return error as CallError;
}

/** The size of what is staged; undefined if there is nothing. */
async function sizeStaged({ calls }: Served, uploadId: string): Promise<number | undefined> {
  try {
    const { state } = await calls.status({ uploadId });
    return state?.$case === "staged" ? state.staged.size : undefined;
  } catch (error) {
    expect(error).to.have.property("code", status.NOT_FOUND);
    return undefined;
  }
}

/** Asks the server until `size` bytes are staged. */
async function staged(served: Served, uploadId: string, size: number): Promise<void> {
  while ((await sizeStaged(served, uploadId)) !== size);
}

describe("Upload.Put", () => {
  it("makes a file of the chunks at the commit, and says what it is", async () => {
    const [served, file] = [await uploads(), someUpload()];
    // The size in the header is optional.
    const requests = [header(file.uploadId, "a.txt"), file.chunk(0, 4_000), file.chunk(4_000), file.commit];
    const { file: stored } = await served.calls.put(requests);
    expect(stored).to.deep.equal({ name: "a.txt", size: 10_000, sha256: file.sha256, replaced: false });
    expect(await served.content("a.txt")).to.deep.equal(file.bytes);
  });

  it("answers at the commit, and does not wait for the half-close", async () => {
    const [served, file] = [await uploads(), someUpload()];
    const { source, give } = dictated();
    give(file.header, file.chunk(0), file.commit);
    expect((await served.calls.put(source())).file).to.have.property("size", 10_000);
  });

  it("does not take a half-close for a commit, and keeps what was staged", async () => {
    const [served, file] = [await uploads(), someUpload()];
    const error = await refusal(served.calls.put([file.header, file.chunk(0)]));
    expect(error).to.include({ code: status.FAILED_PRECONDITION });
    expect(error.details).to.include("without a commit");
    expect(await served.visible()).to.deep.equal([]);
    expect(await sizeStaged(served, file.uploadId)).to.equal(10_000);
  });

  it("continues after a restart of its server, whose memory is the folder", async () => {
    const [first, file] = [await uploads(), someUpload()];
    await refusal(first.calls.put([file.header, file.chunk(0, 3_000)]));
    await first.hosting.force();
    const second = await uploads({ folder: first.folder });
    await second.calls.put([file.header, file.chunk(3_000), file.commit]);
    await second.hosting.force();
    const third = await uploads({ folder: first.folder });
    const { state } = await third.calls.status({ uploadId: file.uploadId });
    expect(state).to.have.nested.property("committed.size", 10_000);
  });

  it("keeps nothing of an upload whose commit has a wrong size or sha256", async () => {
    const [served, file] = [await uploads(), someUpload()];
    for (const [field, size] of [
      ["commit.size", 9_999],
      ["commit.sha256", 10_000],
    ] as const) {
      const requests = [header(file.uploadId, "a.txt"), file.chunk(0), commit(size, Buffer.alloc(32))];
      const error = await refusal(served.calls.put(requests));
      expect(error.code).to.equal(status.INVALID_ARGUMENT);
      expect(violationsOf(error)).to.have.nested.property("[0].field", field);
      expect(await served.all()).to.deep.equal([]);
      expect(await sizeStaged(served, file.uploadId)).to.equal(undefined);
    }
    await served.calls.put([file.header, file.chunk(0), file.commit]);
    expect(await served.content("a.txt")).to.deep.equal(file.bytes);
  });

  it("refuses a commit whose size differs from the size in the header", async () => {
    const [served, file] = [await uploads(), someUpload()];
    const error = await refusal(served.calls.put([header(file.uploadId, "a.txt", 10_001), file.chunk(0), file.commit]));
    expect(violationsOf(error)).to.have.nested.property("[0].field", "commit.size");
  });

  const id = "an-upload";
  const first = header(id, "a.txt");
  const outOfOrder: [what: string, field: string, requests: PutRequest[]][] = [
    ["a chunk before the header", "step", [chunk(0, Buffer.from("x"))]],
    ["a message without a step", "step", [{}]],
    ["a second header", "step", [first, first]],
    ["a message without a step after the header", "step", [first, {}]],
    ["an empty chunk", "chunk.data", [first, chunk(0, Buffer.alloc(0))]],
    ["a chunk of more than 1 MiB", "chunk.data", [first, chunk(0, Buffer.alloc(1024 * 1024 + 1))]],
    ["a checksum of 31 bytes", "commit.sha256", [first, commit(0, Buffer.alloc(31))]],
    ["an id with a slash", "header.upload_id", [header("../a", "a.txt")]],
    ["an empty id", "header.upload_id", [header("", "a.txt")]],
    ["an id of 65 characters", "header.upload_id", [header("a".repeat(65), "a.txt")]],
    ["a path for a name", "header.name", [header(id, "../a.txt")]],
  ];
  it("refuses messages that are out of order or break a rule, and names the field", async () => {
    const served = await uploads();
    for (const [what, field, requests] of outOfOrder) {
      const error = await refusal(served.calls.put(requests));
      expect(error.code, what).to.equal(status.INVALID_ARGUMENT);
      expect(violationsOf(error).map((violation) => violation.field)).to.deep.equal([field]);
    }
    expect(await served.visible()).to.deep.equal([]);
    expect((await refusal(served.calls.put([]))).code).to.equal(status.FAILED_PRECONDITION);
  });

  it("refuses the name of an existing folder, before the first chunk", async () => {
    const served = await uploads();
    await mkdir(join(served.folder, "a.txt"));
    const error = await refusal(served.calls.put([first]));
    expect(violationsOf(error).map((violation) => violation.field)).to.deep.equal(["header.name"]);
    expect(await served.all()).to.deep.equal(["a.txt"]);
  });

  it("says where the next chunk belongs, to people and to programs", async () => {
    const [served, file] = [await uploads(), someUpload()];
    const error = await refusal(served.calls.put([file.header, file.chunk(0, 100), file.chunk(200)]));
    expect(error).to.include({
      code: status.OUT_OF_RANGE,
      details: "the chunk is not the next one: 100 bytes are staged",
    });
    expect(detailsOf(error).errorInfo).to.deep.equal({
      reason: "WRONG_OFFSET",
      domain: "quartet",
      metadata: { stagedBytes: "100" },
    });
    expect(await sizeStaged(served, file.uploadId)).to.equal(100);
  });

  it("refuses sizes and offsets beyond the numbers that a double holds exactly, as the contract says", async () => {
    const served = await uploads();
    const { uploadId, bytes, sha256, ...file } = someUpload();
    for (const huge of [2 ** 53, 2 ** 64 - 2 ** 11]) {
      const size = await refusal(served.calls.put([header(uploadId, "a.txt", huge)]));
      expect(size.code).to.equal(status.RESOURCE_EXHAUSTED);
      const offset = await refusal(served.calls.put([file.header, chunk(huge, bytes)]));
      expect(detailsOf(offset).errorInfo).to.deep.include({ reason: "WRONG_OFFSET", metadata: { stagedBytes: "0" } });
      const committed = await refusal(served.calls.put([file.header, file.chunk(0), commit(huge, sha256)]));
      expect(violationsOf(committed)).to.have.nested.property("[0].field", "commit.size");
    }
  });

  it("refuses to continue as another file, and keeps what was staged", async () => {
    const [served, file] = [await uploads(), someUpload()];
    await refusal(served.calls.put([file.header, file.chunk(0, 100)]));
    for (const other of [header(file.uploadId, "b.txt", 10_000), header(file.uploadId, "a.txt")]) {
      expect((await refusal(served.calls.put([other]))).code).to.equal(status.FAILED_PRECONDITION);
    }
    expect(await sizeStaged(served, file.uploadId)).to.equal(100);
  });

  it("commits an upload once, and tells its outcome later", async () => {
    const [served, file] = [await uploads(), someUpload()];
    await served.calls.put([file.header, file.chunk(0), file.commit]);
    expect((await refusal(served.calls.put([file.header]))).code).to.equal(status.ALREADY_EXISTS);
    const { state } = await served.calls.status({ uploadId: file.uploadId });
    const committed = { name: "a.txt", size: 10_000, sha256: file.sha256, replaced: false };
    expect(state).to.deep.equal({ $case: "committed", committed });
  });

  it("keeps two uploads of one name apart, and says of the second that it has replaced the first", async () => {
    const served = await uploads();
    const [one, two] = [someUpload(), someUpload()];
    const dictations = [dictated(), dictated()];
    const puts = dictations.map(({ source }) => served.calls.put(source()));
    for (const [index, file] of [one, two].entries()) {
      dictations[index]?.give(file.header, file.chunk(0, 5_000));
      await staged(served, file.uploadId, 5_000);
    }
    for (const [index, file] of [one, two].entries()) {
      dictations[index]?.give(file.chunk(5_000), file.commit);
      expect((await puts[index])?.file).to.have.property("replaced", index === 1);
      expect(await served.content("a.txt")).to.deep.equal(file.bytes);
    }
  });

  it("gives an upload to the newer of two calls at once, although the older one waits for its client", async () => {
    const [served, file] = [await uploads(), someUpload()];
    const { source, give } = dictated();
    const older = refusal(served.calls.put(source()));
    give(file.header, file.chunk(0, 3_000));
    await staged(served, file.uploadId, 3_000);
    const newer = served.calls.put([file.header, file.chunk(3_000), file.commit]);
    expect((await older).code).to.equal(status.ABORTED);
    await newer;
    expect(await served.content("a.txt")).to.deep.equal(file.bytes);
  });
});

describe("Upload.Abort", () => {
  it("frees what was staged, and ends the call that sent it", async () => {
    const [served, file] = [await uploads(), someUpload()];
    const { source, give } = dictated();
    const put = refusal(served.calls.put(source()));
    give(file.header, file.chunk(0));
    await staged(served, file.uploadId, file.bytes.length);
    await served.calls.abort({ uploadId: file.uploadId });
    expect((await put).code).to.equal(status.ABORTED);
    expect(await served.all()).to.deep.equal([]);
  });

  it("leaves a committed file where it is", async () => {
    const [served, file] = [await uploads(), someUpload()];
    await served.calls.put([file.header, file.chunk(0), file.commit]);
    expect((await refusal(served.calls.abort({ uploadId: file.uploadId }))).code).to.equal(status.FAILED_PRECONDITION);
    expect(await served.content("a.txt")).to.deep.equal(file.bytes);
  });

  it("is NOT_FOUND for an unknown upload, as Status is", async () => {
    const { calls } = await uploads();
    for (const method of [calls.status, calls.abort] as const) {
      expect((await refusal(method({ uploadId: "unknown" }))).code).to.equal(status.NOT_FOUND);
      const error = await refusal(method({ uploadId: "a/b" }));
      expect(violationsOf(error).map(({ field }) => field)).to.deep.equal(["upload_id"]);
    }
  });
});

describe("the room for uploads", () => {
  it("is denied to a file that is too large before its first chunk, and the sender is stopped", async () => {
    const [served, file] = [await uploads({ mostFileBytes: 9_999 }), someUpload()];
    const { source, give } = dictated();
    give(file.header);
    const error = await refusal(served.calls.put(source()));
    expect(error).to.include({ code: status.RESOURCE_EXHAUSTED, details: "a file may have at most 9999 bytes" });
    expect(await served.all()).to.deep.equal([]);
  });

  it("is denied to a file that grows too large, also without a size in its header", async () => {
    const [served, file] = [await uploads({ mostFileBytes: 9_999 }), someUpload()];
    const requests = [header(file.uploadId, "a.txt"), file.chunk(0, 9_999), file.chunk(9_999), file.commit];
    expect((await refusal(served.calls.put(requests))).code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(await sizeStaged(served, file.uploadId)).to.equal(9_999);
  });

  it("is denied if all files together would be too large", async () => {
    const served = await uploads({ mostBytes: 25_000 });
    for (const name of ["a", "b"]) {
      const file = someUpload(name);
      await served.calls.put([file.header, file.chunk(0), file.commit]);
    }
    const third = someUpload("c");
    const early = await refusal(served.calls.put([third.header]));
    expect(early.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(early.details).to.include("together");
    const late = await refusal(served.calls.put([header(third.uploadId, "c"), third.chunk(0), third.commit]));
    expect(late.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(await served.visible()).to.deep.equal(["a", "b"]);
  });

  it("can end in the middle of a chunk: the disk is full, and the upload continues later", async () => {
    const folder = temporaryFolder();
    let full = true;
    /** A disk that takes 1,000 bytes at a time, and 3,500 in all. */
    const openFile = (async (...args: Parameters<typeof open>): Promise<FileHandle> => {
      const handle = await open(...args);
      let left = 3_500;
      const write = handle.write.bind(handle) as (data: Uint8Array) => Promise<{ bytesWritten: number }>;
      return Object.assign(handle, {
        write: (data: Uint8Array) => {
          const some = data.subarray(0, full ? Math.min(1_000, left) : data.length);
          if (some.length === 0) return Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
          left -= some.length;
          return write(some);
        },
      });
    }) as typeof open;
    const [served, file] = [await uploads({ folder, openFile }), someUpload()];
    const error = await refusal(served.calls.put([file.header, file.chunk(0), file.commit]));
    expect(error).to.include({ code: status.RESOURCE_EXHAUSTED, details: "the server's disk is full" });
    expect(await sizeStaged(served, file.uploadId)).to.equal(3_500);
    full = false;
    await served.calls.put([file.header, file.chunk(3_500), file.commit]);
    expect(await served.content("a.txt")).to.deep.equal(file.bytes);
  });
});

describe("a disk that does not answer", () => {
  it("stops the sender, which is ahead by what the buffers between hold, and continues with the disk", async () => {
    const disk = gate();
    const openFile = (async (...args: Parameters<typeof open>): Promise<FileHandle> => {
      const handle = await open(...args);
      const write = handle.write.bind(handle) as (data: Uint8Array) => Promise<{ bytesWritten: number }>;
      return Object.assign(handle, { write: (data: Uint8Array) => disk.opened.then(() => write(data)) });
    }) as typeof open;
    const served = await uploads({ openFile });
    const chunkBytes = 32 * 1024;
    const bound = mostAhead(chunkBytes);
    const file = someUpload("a.txt", randomBytes(4 * bound * chunkBytes));
    let made = 0;
    function* requests() {
      yield file.header;
      for (let offset = 0; offset < file.bytes.length; offset += chunkBytes) {
        made += 1;
        yield file.chunk(offset, offset + chunkBytes);
      }
      yield file.commit;
    }
    const { calls } = served;
    const putting = calls.put(requests());
    // The sender has stopped if it makes no chunk during twenty calls on the same connection.
    for (let still = 0, last = -1; still < 20; still += 1) {
      await calls.status({ uploadId: file.uploadId }).catch(() => {});
      if (made !== last || made === 0) still = 0;
      last = made;
    }
    expect(made).to.be.within(1, bound);
    disk.open();
    await putting;
    expect(await served.content("a.txt")).to.deep.equal(file.bytes);
  });
});

describe("what is kept of an upload", () => {
  /** Makes the hidden files look as if the last write was `ms` ago. */
  async function age(served: Served, ms: number): Promise<void> {
    const then = new Date(Date.now() - ms);
    for (const name of await served.all()) await utimes(join(served.folder, name), then, then);
  }

  it("expires an hour after the last write unless told otherwise, and Status says when", async () => {
    const [served, file] = [await uploads(), someUpload()];
    await refusal(served.calls.put([file.header, file.chunk(0, 100)]));
    await age(served, 600_000);
    const { state } = await served.calls.status({ uploadId: file.uploadId });
    if (state?.$case !== "staged") expect.fail("it is staged");
    const inMs = (state.staged.expiresAt?.getTime() ?? Number.NaN) - Date.now();
    expect(inMs).to.be.within(2_900_000, 3_000_000);
  });

  it("is gone after that: the staged bytes are freed, and a new upload with the same id begins at 0", async () => {
    const [served, file] = [await uploads({ keepMs: 5_000 }), someUpload()];
    await refusal(served.calls.put([file.header, file.chunk(0, 100)]));
    await age(served, 6_000);
    expect(await sizeStaged(served, file.uploadId)).to.equal(undefined);
    const other = someUpload("b.txt");
    await served.calls.put([other.header, other.chunk(0), other.commit]);
    expect((await served.all()).filter((name) => name.endsWith(".bytes"))).to.deep.equal([]);
    await served.calls.put([file.header, file.chunk(0), file.commit]);
    expect(await served.visible()).to.deep.equal(["a.txt", "b.txt"]);
  });

  it("is removed without a call", async () => {
    const [served, file] = [await uploads({ keepMs: 1 }), someUpload("a.txt", randomBytes(100))];
    await refusal(served.calls.put([file.header, file.chunk(0)]));
    // Events of the file system come twice on some systems and never on others, so the test looks.
    while ((await served.all()).length > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
