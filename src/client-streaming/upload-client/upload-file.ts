import { randomUUID } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { Argument, type Command } from "commander";
import { caller } from "quartet-bridge";
import { UploadService } from "#gen/quartet/upload/v1/upload.js";
import { isMain, type ProgramContext, program, UsageError } from "../../host/index.js";
import { putFile } from "./put-file.js";
import { uploadProgress } from "./upload-progress.js";

interface Flags {
  /** As what the server is to keep it. */
  readonly name?: string;
  /** The id of an upload that is to go on. */
  readonly id?: string;
}

/** Somebody waits for this: a server that is back is to be found at once, in milliseconds. */
const soon = 2_000;

function options(command: Command): Command {
  return command
    .description("Uploads a file. When the connection is lost it goes on by itself, where it was.")
    .addArgument(new Argument("[file]", "the file"))
    .option("--name <name>", "as what the server is to keep it (default: its own name)")
    .option("--id <id>", "go on with an upload that was begun before; it was told at its begin");
}

/** One file to the server, with what a person wants to see meanwhile. */
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
        backoff: { maxMs: soon },
        onProgress(sent) {
          reached = true;
          progress.at(sent);
        },
        onRetry({ error, attempt }) {
          // Nothing was lost where nothing was there: the address may be wrong, or the server not started.
          if (!reached) throw error;
          progress.waiting(`connection lost, attempt ${attempt} to come back`);
        },
      },
    );
    progress.end();
    console.log(
      `${name}: ${size.toLocaleString("en-US")} bytes${replaced ? ", in place of the file of that name" : ""}`,
    );
  } catch (error) {
    progress.end();
    // What is staged is kept for a while, and whoever knows the id can go on with it.
    if (signal.aborted) console.error(`to go on: npm run upload -- ${JSON.stringify(path)} --id ${uploadId}`);
    throw error;
  } finally {
    await handle.close();
  }
}

/** @throws UsageError if there is no file to read, before any call is made for it */
async function openFile(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  if (path === "") throw new UsageError("no file is named: make upload FILE=photo.jpg, or npm run upload -- photo.jpg");
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error("it is no file");
    return { handle, size: stats.size };
  } catch (error) {
    await handle?.close();
    const why = error instanceof Error && "code" in error ? error.code : "it is no file";
    throw new UsageError(`${path} cannot be uploaded (${why}): name a file`, { cause: error });
  }
}

if (isMain(import.meta.url)) {
  await program<Flags>("upload", main, {
    options,
    startServer: "make client-streaming-server",
    // Below the attempts of the upload the channel makes its own, with pauses of up to two minutes.
    connection: { channelOptions: { "grpc.max_reconnect_backoff_ms": soon } },
  });
}
