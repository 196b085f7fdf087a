import type { Command } from "commander";
import { type Hosting, type HostOptions, host, isMain, serve } from "../host/index.js";
import { statistics } from "./statistics.js";
import { upload } from "./upload.js";

/** The flags of this server beside those that all servers have. */
export interface Flags {
  /** Where uploaded files go; made when the first one comes. */
  readonly uploads: string;
}

/** Declares them. */
export function options(command: Command): Command {
  return command.option("--uploads <folder>", "where uploaded files go", "uploads");
}

/** The server of this folder, on no port yet: the program below listens, and so do the tests. */
export function build(hostOptions?: HostOptions, { uploads }: Flags = { uploads: "uploads" }): Hosting {
  return host((draining) => [statistics, upload(draining, { folder: uploads })], hostOptions);
}

if (isMain(import.meta.url)) await serve<Flags>("client-streaming-server", build, { options });
