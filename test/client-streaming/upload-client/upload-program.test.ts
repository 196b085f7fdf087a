import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { UploadService } from "#gen/quartet/upload/v1/upload.js";
import { loopback } from "../../../bridge/test/harness/loopback.js";
import { build, options } from "../../../src/client-streaming/server.js";
import { failure } from "../../../src/host/index.js";
import { serverCommand } from "../../../src/host/program/flags.js";
import { programOf } from "../../program-of.js";
import { refusalOf } from "../../refusal-of.js";
import { header, someUpload, temporaryFolder, uploads } from "../upload/uploads.js";

const upload = "client-streaming/upload-client/upload-file";

describe("the server of uploads", () => {
  it("refuses a file that is larger than its flag allows, and tells the client", async () => {
    const { client } = await loopback(build({}, { uploads: temporaryFolder(), fileLimit: 1 }));
    const { put } = caller(UploadService, client);
    const { details } = await failure(status.RESOURCE_EXHAUSTED, put([header("an-upload", "large.bin", 2 ** 20 + 1)]));
    expect(details).to.equal("a file may have at most 1048576 bytes");
  });

  it("keeps what is staged as long as its flag says", async () => {
    const { client } = await loopback(build({}, { uploads: temporaryFolder(), keepStaged: 2, uploadsLimit: 1 }));
    const calls = caller(UploadService, client);
    const file = someUpload();
    await calls.put([file.header, file.chunk(0, 100)]).catch(() => {});
    const { state } = await calls.status({ uploadId: file.uploadId });
    const expiresAt = state?.$case === "staged" ? state.staged.expiresAt?.getTime() : undefined;
    expect(expiresAt).to.be.within(Date.now() + 60_000, Date.now() + 120_000);
  });

  it("takes only whole numbers for its flags", () => {
    for (const flag of ["--keep-staged", "--file-limit", "--uploads-limit"]) {
      const said = refusalOf(options(serverCommand("client-streaming-server")), [flag, "many"]);
      expect(said).to.include(flag).and.include("'many' is invalid. Whole");
    }
  });
});

describe("make upload, in a pipe", () => {
  it("reports its progress in tenths, and at the end the file", async () => {
    const served = await uploads();
    const path = join(temporaryFolder(), "a b.bin");
    await writeFile(path, Buffer.alloc(1_000_000, "x"));
    const { code, stdout, stderr } = await programOf(upload, [path, "--address", served.address, "--id", "one"]);
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "a b.bin: 1,000,000 bytes\n" });
    expect(stderr).to.match(/^upload one\n10 % of 976.5 KiB\n(?:\d0 % of 976.5 KiB\n)+100 % of 976.5 KiB\n$/);
    expect(await served.content("a b.bin")).to.have.length(1_000_000);

    const again = await programOf(upload, [path, "--address", served.address]);
    expect(again.stdout).to.equal("a b.bin: 1,000,000 bytes, replaced the file of that name\n");
  });

  it("says how to name a file if you name none, and ends with 64", async () => {
    const { code, stderr } = await programOf(upload, []);
    expect(code).to.equal(64);
    expect(stderr).to.include("no file is named: make upload FILE=photo.jpg");
  });

  it("refuses a folder, and a file that does not exist, before any call, and ends with 64", async () => {
    for (const path of [".", "no-such-file"]) {
      const { code, stderr } = await programOf(upload, [path, "--address", "127.0.0.1:1"]);
      expect(code).to.equal(64);
      expect(stderr).to.include(`${path} cannot be uploaded`);
    }
  });
});
