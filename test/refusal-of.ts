import { expect } from "chai";
import { type Command, CommanderError } from "commander";
import { parseFlags } from "../src/host/program/flags.js";

/** What a program with these flags prints on stderr when it refuses `args`. */
export function refusalOf(command: Command, args: readonly string[]): string {
  let said = "";
  command.configureOutput({ writeErr: (text) => (said += text) });
  expect(() => parseFlags(command, ["node", "program", ...args])).to.throw(CommanderError);
  return said;
}
