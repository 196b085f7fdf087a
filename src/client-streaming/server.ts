import { type Hosting, type HostOptions, host, isMain, serve } from "../host/index.js";
import { statistics } from "./statistics.js";

/** The server of this folder, on no port yet: the program below listens, and so do the tests. */
export function build(options?: HostOptions): Hosting {
  return host([statistics], options);
}

if (isMain(import.meta.url)) await serve("client-streaming-server", build);
