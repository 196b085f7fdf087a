import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { type Hosting, type HostOptions, host, isMain, serve, service } from "../host/index.js";
import { statistics } from "./statistics.js";

/** The server of this folder, on no port yet: the program below listens, and so do the tests. */
export function build(options?: HostOptions): Hosting {
  return host([service(StatisticsService, statistics)], options);
}

if (isMain(import.meta.url)) await serve("client-streaming-server", build);
