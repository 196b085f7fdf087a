import { CalculatorService } from "#gen/tutorials/calculator.js";
import { GreeterService } from "#gen/tutorials/helloworld.js";
import { UnaryService } from "#gen/tutorials/unary.js";
import { type Hosting, type HostOptions, host, isMain, serve, service } from "../host/index.js";
import { calculator } from "./calculator.js";
import { greeter } from "./greeter.js";
import { serverResponse } from "./server-response.js";

/** The three services on one server, on no port yet. */
export function build(options?: HostOptions): Hosting {
  return host(
    [service(CalculatorService, calculator), service(GreeterService, greeter), service(UnaryService, serverResponse)],
    options,
  );
}

if (isMain(import.meta.url)) await serve("unary-server", build);
