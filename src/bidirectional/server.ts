import { type Command, InvalidArgumentError } from "commander";
import { type Hosting, type HostOptions, host, isMain, serve } from "../host/index.js";
import { chat } from "./chat.js";
import { dialogue } from "./dialogue.js";
import { echo } from "./echo.js";

/** The flags of this server beside those that all servers have. */
export interface Flags {
  /** Messages that a member of the chat may say in a second, over some seconds; 0: as many as it likes. */
  readonly rate: number;
}

/** Declares them. */
export function options(command: Command): Command {
  return command.option("--rate <count>", "messages that a chat member may say in a second; 0: any number", whole, 20);
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("A whole number, 0 for no limit.");
  return Number(text);
}

/**
 * The bidirectional services on one server, on no port yet. The chat is told when the server drains: its calls would
 * not end by themselves.
 */
export function build(hostOptions?: HostOptions, { rate }: Flags = { rate: 20 }): Hosting {
  return host((draining) => [echo, dialogue, chat(draining, { maxMessagesPerSecond: rate })], hostOptions);
}

if (isMain(import.meta.url)) await serve<Flags>("bidirectional-server", build, { options });
