import type { Command } from "commander";
import { type Hosting, type HostOptions, host, isMain, serve, wholeNumber } from "../host/index.js";
import { statistics } from "./statistics.js";
import type { StagingOptions } from "./upload/staging.js";
import { upload } from "./upload/upload.js";

/** The flags of this server, besides those of all servers. */
export interface Flags {
  /** The folder for uploaded files. It is made when the first one comes. */
  readonly uploads: string;
  /** How long staged bytes are kept when no more come, in minutes. */
  readonly keepStaged?: number;
  /** The size limits, in MiB: of one file, and of all files with all staged bytes. */
  readonly fileLimit?: number;
  readonly uploadsLimit?: number;
}

/** Declares the flags. */
export function options(command: Command): Command {
  const minutes = wholeNumber(35_000, "Whole minutes, up to 35,000.");
  const mebibytes = wholeNumber(999_999_999, "Whole MiB.");
  return command
    .option("--uploads <folder>", "where uploaded files go", "uploads")
    .option("--keep-staged <minutes>", "how long half an upload waits for the rest (default: 60)", minutes)
    .option("--file-limit <MiB>", "how large a file may be (default: 16384)", mebibytes)
    .option("--uploads-limit <MiB>", "how large all of them may be together (default: 65536)", mebibytes);
}

/** The options of the upload service. */
export function stagingOf({ uploads, keepStaged, fileLimit, uploadsLimit }: Flags): StagingOptions {
  return {
    folder: uploads,
    ...(keepStaged !== undefined && { keepMs: keepStaged * 60_000 }),
    ...(fileLimit !== undefined && { mostFileBytes: fileLimit * 2 ** 20 }),
    ...(uploadsLimit !== undefined && { mostBytes: uploadsLimit * 2 ** 20 }),
  };
}

/** The services on one server, not yet on a port. */
export function build(hostOptions?: HostOptions, flags: Flags = { uploads: "uploads" }): Hosting {
  return host((draining) => [statistics, upload(draining, stagingOf(flags))], hostOptions);
}

if (isMain(import.meta.url)) await serve<Flags>("client-streaming-server", build, { options });
