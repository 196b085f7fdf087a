import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, streamingChannelOptions } from "quartet-bridge";
import { PutRequest, UploadService } from "#gen/quartet/upload/v1/upload.js";
import { frame } from "../../../bench/implementations/framing.js";
import { afterTheTest, connectTo } from "../../../bridge/test/harness/loopback.js";
import { random, seed } from "../../../bridge/test/harness/random.js";
import { rawCall } from "../../../bridge/test/harness/wire/raw-call.js";
import { law } from "../../../bridge/test/laws/proof/law.js";
import { putFile } from "../../../src/client-streaming/upload-client/put-file.js";
import type { ListeningMessage } from "../../../src/host/index.js";
import { cuttingRelay, type Ends } from "./cutting-relay.js";
import { someUpload, temporaryFolder, uploads } from "./uploads.js";

const draw = random(seed);

/** Some chunks, the last of which is not full. */
const fileBytes = 300_000;
const fast = {
  ...streamingChannelOptions,
  "grpc.initial_reconnect_backoff_ms": 20,
  "grpc.max_reconnect_backoff_ms": 20,
};

/** A byte of what a client sends before the commit: it may belong to the settings of the connection. */
const anywhere = () => 1 + Math.floor(draw() * fileBytes);

function visible(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith("."));
}

/** An open file to upload, and its bytes. */
async function localFile() {
  const { bytes, uploadId } = someUpload("a.bin", Buffer.alloc(fileBytes, draw().toString()));
  const path = join(temporaryFolder(), "a.bin");
  await writeFile(path, bytes);
  const handle = await open(path);
  return { bytes, path, handle, local: { handle, name: "a.bin", size: bytes.length, uploadId } };
}

/** A program of the folder as a process, which is killed after the test. */
function startProgram(name: string, args: readonly string[]): ChildProcess {
  const program = fileURLToPath(new URL(`../../../src/client-streaming/${name}.js`, import.meta.url));
  const child = fork(program, [...args], { silent: true, env: { ...process.env, ADDRESS: "", LOG_LEVEL: "silent" } });
  afterTheTest(() => child.kill("SIGKILL"));
  return child;
}

async function startServer(folder: string): Promise<{ readonly port: number; kill(): Promise<void> }> {
  const child = startProgram("server", ["--port", "0", "--uploads", folder]);
  const [{ port }] = (await once(child, "message")) as [ListeningMessage];
  return {
    port,
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** The whole upload through `address`, which retries by itself. @returns how far the server was at each attempt */
async function putThrough(address: string, file: Awaited<ReturnType<typeof localFile>>): Promise<number[]> {
  const begun: number[] = [];
  const calls = caller(UploadService, connectTo(address, fast));
  const watched = {
    ...calls,
    status: Object.assign(async (...args: Parameters<typeof calls.status>) => {
      const answer = await calls.status(...args).catch((error: unknown) => {
        if (error instanceof CallError && error.code === status.NOT_FOUND) begun.push(0);
        throw error;
      });
      if (answer.state?.$case === "staged") begun.push(answer.state.staged.size);
      return answer;
    }, calls.status),
  };
  const { size } = await putFile(watched, file.local, { backoff: { initialMs: 1, maxMs: 20 } });
  expect(size).to.equal(file.bytes.length);
  await file.handle.close();
  return begun;
}

/**
 * A relay to the port that `server` returns, which calls `cut` when `at` bytes have passed.
 *
 * @returns its address, and the files that `folder` showed at that moment
 */
async function relayCut(at: number, server: () => number, folder: string, cut: (ends: Ends) => void) {
  const seen: { files?: string[] } = {};
  const { address } = await cuttingRelay(server, at, (ends) => {
    seen.files = visible(folder);
    cut(ends);
  });
  return { address, seen };
}

law("L11", "an upload cut at a random byte shows no file before its commit, and continues", ({ repeat, event }) => {
  repeat(50, "the connection is reset", async () => {
    const [served, file, at] = [await uploads(), await localFile(), anywhere()];
    const { address, seen } = await relayCut(
      at,
      () => portOf(served.address).port,
      served.folder,
      (ends) => {
        ends.server.resetAndDestroy();
        ends.client.resetAndDestroy();
        event(`reset after ${at} bytes`);
      },
    );
    const begun = await putThrough(address, file);
    expect(seen.files, `cut after ${at} bytes, seed ${seed}`).to.deep.equal([]);
    expect(begun.at(-1), "where it continued").to.be.at.most(at);
    expect(await served.content("a.bin")).to.deep.equal(file.bytes);
  });

  repeat(50, "the reset is lost, and the server sees only the end of the stream", async () => {
    const [served, file] = [await uploads(), await localFile()];
    const { uploadId, name } = file.local;
    const all = someUpload(name, file.bytes, uploadId);
    const requests = [all.header, ...inChunks(all), all.commit].map((request) =>
      frame(Buffer.from(PutRequest.encode(request).finish())),
    );
    // Half of the cuts leave out some of the commit, at least its last byte.
    const whole = Buffer.concat(requests);
    const at = draw() < 0.5 ? anywhere() : whole.length - 1 - Math.floor(draw() * (requests.at(-1)?.length ?? 0));
    const stream = rawCall(served.address, UploadService.put.path);
    stream.end(whole.subarray(0, at));
    stream.resume();
    await once(stream, "close");
    event(`the stream has ended after ${at} bytes`);
    expect(visible(served.folder), `cut after ${at} bytes, seed ${seed}`).to.deep.equal([]);
    await putThrough(served.address, file);
    expect(await served.content(name)).to.deep.equal(file.bytes);
  });

  repeat(50, "the client is killed", async () => {
    const [served, file, at] = [await uploads(), await localFile(), anywhere()];
    const { address, seen } = await relayCut(
      at,
      () => portOf(served.address).port,
      served.folder,
      () => {
        client.kill("SIGKILL");
      },
    );
    const { uploadId } = file.local;
    const client = startProgram("upload-client/upload-file", [file.path, "--id", uploadId, "--address", address]);
    await once(client, "exit");
    event(`killed after ${at} bytes`);
    expect(seen.files, `cut after ${at} bytes, seed ${seed}`).to.deep.equal([]);
    await putThrough(served.address, file);
    expect(await served.content("a.bin")).to.deep.equal(file.bytes);
  });

  repeat(50, "the server is killed, and started again", async () => {
    const [folder, file, at] = [temporaryFolder(), await localFile(), anywhere()];
    let server = await startServer(folder);
    const { address, seen } = await relayCut(
      at,
      () => server.port,
      folder,
      async () => {
        await server.kill();
        event(`killed after ${at} bytes`);
        server = await startServer(folder);
      },
    );
    await putThrough(address, file);
    expect(seen.files, `cut after ${at} bytes, seed ${seed}`).to.deep.equal([]);
    expect(await readFile(join(folder, "a.bin"))).to.deep.equal(file.bytes);
    await server.kill();
  });
});

function portOf(address: string): { readonly port: number } {
  return { port: Number(address.split(":")[1]) };
}

function inChunks({ bytes, chunk }: ReturnType<typeof someUpload>): PutRequest[] {
  const size = 64 * 1024;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    chunk(i * size, Math.min(bytes.length, (i + 1) * size)),
  );
}
