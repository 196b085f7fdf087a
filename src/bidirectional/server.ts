import type { Command } from "commander";
import { type Hosting, type HostOptions, host, isMain, serve, wholeNumber } from "../host/index.js";
import { chat } from "./chat/chat.js";
import { dialogue } from "./dialogue.js";
import { echo } from "./echo.js";

/** The flags of this server, besides those of all servers. */
export interface Flags {
  /** How many messages per second a chat member may say; 0 for no limit. */
  readonly rate: number;
}

/** Declares the flags. */
export function options(command: Command): Command {
  const rate = wholeNumber(999_999, "A whole number up to 999,999, 0 for no limit.");
  return command.option("--rate <count>", "messages that a chat member may say in a second; 0: any number", rate, 20);
}

/**
 * The bidirectional services on one server, not yet on a port. The chat gets the drain signal, because its calls would
 * not end by themselves.
 */
export function build(hostOptions?: HostOptions, { rate }: Flags = { rate: 20 }): Hosting {
  return host((draining) => [echo, dialogue, chat(draining, { maxMessagesPerSecond: rate })], hostOptions);
}

if (isMain(import.meta.url)) await serve<Flags>("bidirectional-server", build, { options });
