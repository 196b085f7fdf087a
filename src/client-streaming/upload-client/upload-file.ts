import { randomUUID } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { Argument, type Command } from "commander";
import { caller } from "quartet-bridge";
import { UploadService } from "#gen/quartet/upload/v1/upload.js";
import {
  grouped,
  isMain,
  type ProgramContext,
  program,
  promptBackOff,
  promptConnection,
  UsageError,
} from "../../host/index.js";
import { putFile } from "./put-file.js";
import { uploadProgress } from "./upload-progress.js";

interface Flags {
  /** The file's name at the server. */
  readonly name?: string;
  /** The id of an upload to continue. */
  readonly id?: string;
}

function options(command: Command): Command {
  return command
    .description("Uploads a file. After a lost connection it continues by itself.")
    .addArgument(new Argument("[file]", "the file"))
    .option("--name <name>", "the file's name at the server (default: its own name)")
    .option("--id <id>", "continue an earlier upload; it printed its id when it began");
}

async function main({ client, flags, args, signal }: ProgramContext<Flags>): Promise<void> {
  const [path = ""] = args;
  const { handle, size } = await openFile(path);
  const { name = basename(path), id: uploadId = randomUUID() } = flags;
  const progress = uploadProgress(size);
  let reached = false;
  try {
    progress.say(`upload ${uploadId}`);
    const { replaced } = await putFile(
      caller(UploadService, client),
      { handle, name, size, uploadId },
      {
        signal,
        backoff: promptBackOff,
        onProgress(sent) {
          reached = true;
          progress.at(sent);
        },
        onRetry({ error, attempt }) {
          // A server that was never reached is not waited for: the address may be wrong, or the server not started.
          if (!reached) throw error;
          progress.waiting(`connection lost, attempt ${attempt} to reconnect`);
        },
      },
    );
    progress.end();
    console.log(`${name}: ${grouped(size)} bytes${replaced ? ", replaced the file of that name" : ""}`);
  } catch (error) {
    progress.end();
    // The server keeps the staged bytes for a while.
    if (signal.aborted) console.error(`to continue: npm run upload -- ${JSON.stringify(path)} --id ${uploadId}`);
    throw error;
  } finally {
    await handle.close();
  }
}

/** @throws UsageError, before any call is made, if there is no file to read */
async function openFile(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  if (path === "") throw new UsageError("no file is named: make upload FILE=photo.jpg, or npm run upload -- photo.jpg");
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error("it is not a file");
    return { handle, size: stats.size };
  } catch (error) {
    await handle?.close();
    const why = error instanceof Error && "code" in error ? error.code : "it is not a file";
    throw new UsageError(`${path} cannot be uploaded (${why}): name a file`, { cause: error });
  }
}

if (isMain(import.meta.url)) {
  await program<Flags>("upload", main, {
    options,
    startServer: "make client-streaming-server",
    connection: promptConnection,
  });
}
