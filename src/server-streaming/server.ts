import { type Hosting, type HostOptions, host, isMain, serve } from "../host/index.js";
import { vitals } from "./vitals.js";

/** The service on a server, not yet on a port. */
export function build(options?: HostOptions): Hosting {
  return host((draining) => [vitals(draining)], options);
}

if (isMain(import.meta.url)) await serve("server-streaming-server", build);
