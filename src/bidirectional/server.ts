import { ChatService } from "#gen/quartet/chat/v1/chat.js";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { type Hosting, type HostOptions, host, isMain, serve, service } from "../host/index.js";
import { chat } from "./chat.js";
import { dialogue } from "./dialogue.js";
import { echo } from "./echo.js";

/**
 * The bidirectional services on one server, on no port yet. The chat is told when the server drains: its calls would
 * not end by themselves.
 */
export function build(options?: HostOptions): Hosting {
  return host(
    (draining) => [
      service(BidirectionalService, echo),
      service(DialogueService, dialogue),
      service(ChatService, chat(draining)),
    ],
    options,
  );
}

if (isMain(import.meta.url)) await serve("bidirectional-server", build);
