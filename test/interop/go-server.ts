import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client, credentials, type status } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { markedBlock } from "../docs/blocks.js";
import { NotHere } from "./python-environment.js";

/** Seen from `dist/test/interop`. */
const usual = fileURLToPath(new URL("../../../.interop/go", import.meta.url));
const page = "docs/upstream.md";
const grpcGo = "google.golang.org/grpc@v1.84.0";

/**
 * Compiles the server of docs/upstream.md, unless it is compiled already.
 *
 * @throws NotHere if there is no Go, or no network to fetch its modules
 */
function compiled(say: (text: string) => void, folder: string): string {
  const source = `// ${grpcGo}\n${markedBlock(page, "server")}`;
  const [file, program] = [
    join(folder, "main.go"),
    join(folder, process.platform === "win32" ? "server.exe" : "server"),
  ];
  if (existsSync(program) && readFileSync(file, "utf8") === source) return program;
  if (spawnSync("go", ["version"]).status !== 0)
    throw new NotHere(
      `there is no Go on this machine, so the server of ${page} was not tried: install it, and try again`,
    );
  say(`compiling the grpc-go server of ${page} …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, source);
  for (const args of [
    ["mod", "init", "server"],
    ["get", grpcGo],
    ["build", "-o", program, "."],
  ]) {
    const { status, stderr } = spawnSync("go", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new NotHere(`go ${args[0]} failed: is there a network?\n${stderr}`.trimEnd());
  }
  return program;
}

/** How many of the 60 messages a reader got, and the status after them. */
interface Read {
  count: number;
  code?: status;
}

/**
 * Has grpc-go compress 60 messages and fail, and reads them with grpc-js and with the bridge.
 *
 * @throws NotHere if there is no Go, or no network to fetch its modules
 */
export async function readCompressed(
  say: (text: string) => void,
  folder = usual,
): Promise<{ raw: Read; bridged: Read }> {
  const server = spawn(compiled(say, folder), { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const client = new Client(await firstLine(server), credentials.createInsecure());
    const asIs = (bytes: Buffer) => bytes;
    const path = "/test.Compressed/Many";
    const raw: Read = { count: 0 };
    await new Promise<void>((resolve) => {
      const call = client.makeServerStreamRequest(path, asIs, asIs, Buffer.alloc(0));
      call.on("data", () => (raw.count += 1));
      call.on("error", () => {});
      call.on("status", ({ code }) => {
        raw.code = code;
        resolve();
      });
    });
    const codec = {
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    };
    const { many } = caller({ many: { path, requestStream: false, responseStream: true, ...codec } } as const, client);
    const bridged: Read = { count: 0 };
    await new Promise<void>((resolve) => {
      many.observe(Buffer.alloc(0), { onStatus: ({ code }) => (bridged.code = code) }).subscribe({
        next: () => (bridged.count += 1),
        error: () => resolve(),
        complete: resolve,
      });
    });
    client.close();
    return { raw, bridged };
  } finally {
    server.kill();
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("it was started without a pipe");
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error("the server of grpc-go ended without a line");
}
