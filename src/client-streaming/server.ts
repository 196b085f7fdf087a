import type { Command } from "commander";
import { type Hosting, type HostOptions, host, isMain, serve, wholeNumber } from "../host/index.js";
import { statistics } from "./statistics.js";
import type { StagingOptions } from "./upload/staging.js";
import { upload } from "./upload/upload.js";

/** The flags of this server beside those that all servers have. */
export interface Flags {
  /** Where uploaded files go; made when the first one comes. */
  readonly uploads: string;
  /** How long what is staged is kept when nothing more comes, in minutes. */
  readonly keepStaged?: number;
  /** How large one file may be, and all of them with all that is staged, in MiB. */
  readonly fileLimit?: number;
  readonly uploadsLimit?: number;
}

/** Declares them. */
export function options(command: Command): Command {
  const minutes = wholeNumber(35_000, "Whole minutes, up to 35,000.");
  const mebibytes = wholeNumber(999_999_999, "Whole MiB.");
  return command
    .option("--uploads <folder>", "where uploaded files go", "uploads")
    .option("--keep-staged <minutes>", "how long half an upload waits for the rest (default: 60)", minutes)
    .option("--file-limit <MiB>", "how large a file may be (default: 16384)", mebibytes)
    .option("--uploads-limit <MiB>", "how large all of them may be together (default: 65536)", mebibytes);
}

/** What the flags mean to the uploads. */
export function stagingOf({ uploads, keepStaged, fileLimit, uploadsLimit }: Flags): StagingOptions {
  return {
    folder: uploads,
    ...(keepStaged !== undefined && { keepMs: keepStaged * 60_000 }),
    ...(fileLimit !== undefined && { mostFileBytes: fileLimit * 2 ** 20 }),
    ...(uploadsLimit !== undefined && { mostBytes: uploadsLimit * 2 ** 20 }),
  };
}

/** The server of this folder, on no port yet: the program below listens, and so do the tests. */
export function build(hostOptions?: HostOptions, flags: Flags = { uploads: "uploads" }): Hosting {
  return host((draining) => [statistics, upload(draining, stagingOf(flags))], hostOptions);
}

if (isMain(import.meta.url)) await serve<Flags>("client-streaming-server", build, { options });
