import { expect } from "chai";
import { type Command, CommanderError } from "commander";
import { parseFlags } from "../src/host/program/flags.js";

/** What a program whose flags these are says on stderr about arguments that it refuses. */
export function refusalOf(command: Command, args: readonly string[]): string {
  let said = "";
  command.configureOutput({ writeErr: (text) => (said += text) });
  expect(() => parseFlags(command, ["node", "program", ...args])).to.throw(CommanderError);
  return said;
}
