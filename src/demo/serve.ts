import { chat } from "../bidirectional/chat/chat.js";
import { dialogue } from "../bidirectional/dialogue.js";
import { echo } from "../bidirectional/echo.js";
import { type Flags, options, stagingOf } from "../client-streaming/server.js";
import { statistics } from "../client-streaming/statistics.js";
import { upload } from "../client-streaming/upload/upload.js";
import { type Hosting, type HostOptions, host, isMain, serve } from "../host/index.js";
import { vitals } from "../server-streaming/vitals.js";
import { calculator } from "../unary/calculator.js";
import { greeter } from "../unary/greeter.js";
import { serverResponse } from "../unary/server-response.js";

/** Every service of the suite on one server, on no port yet: one address for grpcurl and for other languages. */
export function build(hostOptions?: HostOptions, flags: Flags = { uploads: "uploads" }): Hosting {
  return host(
    (draining) => [
      calculator,
      greeter,
      serverResponse,
      vitals(draining),
      statistics,
      upload(draining, stagingOf(flags)),
      echo,
      dialogue,
      chat(draining),
    ],
    hostOptions,
  );
}

if (isMain(import.meta.url)) await serve<Flags>("quartet-server", build, { options });
