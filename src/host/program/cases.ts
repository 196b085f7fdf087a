import { type Client, status } from "@grpc/grpc-js";
import { type Command, Option } from "commander";
import { CallError } from "quartet-bridge";
import { type ProgramContext, type ProgramSettings, program } from "./program.js";

/** What a case gets from the client program, the demo, or a test. */
export interface CaseContext<Input extends object = object> {
  readonly client: Client;
  /** See {@link ProgramContext.connect}. */
  readonly connect: ProgramContext<object>["connect"];
  /** Aborts when the program is told to stop. Give it to every call. */
  readonly signal: AbortSignal;
  /** The program's own flags. */
  readonly input: Input;
  /** Prints one line of result for a person. */
  say(line: string): void;
}

/** Makes the calls of one lesson, says what they proved, and throws if they did not. */
export type Case<Input extends object = object> = (context: CaseContext<Input>) => Promise<void>;

/** The cases of a client by name, in order. The demo opens with the first one. */
export type Cases<Input extends object = object> = Readonly<Record<string, Case<Input>>>;

/**
 * A client program. It runs its cases in order, or only the one of `--case`, and prints what each says under its name.
 *
 * Another server may lack a service. A case that ends UNIMPLEMENTED then says 'not offered here', and the next case
 * follows. The exit code is 0 if at least one case was answered. It is 1 if no case was, or if one failed, which ends
 * the program.
 */
export async function runCases<Input extends object = object>(
  name: string,
  cases: Cases<Input>,
  settings: ProgramSettings = {},
): Promise<void> {
  const names = Object.keys(cases);
  const options = (command: Command) =>
    (settings.options?.(command) ?? command).addOption(
      new Option("--case <name>", "run only this one").choices(names).env("CASE"),
    );
  await program<Input & { case?: string }>(
    name,
    async ({ client, connect, flags, signal }) => {
      const chosen = flags.case === undefined ? names : [flags.case];
      let answered = 0;
      for (const each of chosen) {
        console.log(each);
        const say = (line: string) => console.log(`  ${line}`);
        try {
          await cases[each]?.({ client, connect, signal, input: flags, say });
          answered += 1;
        } catch (error) {
          if (!(error instanceof CallError && error.code === status.UNIMPLEMENTED)) throw error;
          say("not offered here");
        }
      }
      if (answered === 0) throw new Error(`nothing that was asked for is offered at ${flags.address}`);
    },
    { ...settings, options },
  );
}
