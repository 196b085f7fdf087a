import { type Hosting, type HostOptions, host, isMain, serve } from "../host/index.js";
import { chat } from "./chat.js";
import { dialogue } from "./dialogue.js";
import { echo } from "./echo.js";

/**
 * The bidirectional services on one server, on no port yet. The chat is told when the server drains: its calls would
 * not end by themselves.
 */
export function build(options?: HostOptions): Hosting {
  return host((draining) => [echo, dialogue, chat(draining)], options);
}

if (isMain(import.meta.url)) await serve("bidirectional-server", build);
