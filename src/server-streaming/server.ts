import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { type Hosting, type HostOptions, host, isMain, serve, service } from "../host/index.js";
import { vitals } from "./vitals.js";

/** The service on a server, on no port yet. */
export function build(options?: HostOptions): Hosting {
  return host((draining) => [service(VitalsService, vitals(draining))], options);
}

if (isMain(import.meta.url)) await serve("server-streaming-server", build);
