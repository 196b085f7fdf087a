import { type Hosting, type HostOptions, host, isMain, serve } from "../host/index.js";
import { calculator } from "./calculator.js";
import { greeter } from "./greeter.js";
import { serverResponse } from "./server-response.js";

/** The three services on one server, not yet on a port. */
export function build(options?: HostOptions): Hosting {
  return host([calculator, greeter, serverResponse], options);
}

if (isMain(import.meta.url)) await serve("unary-server", build);
