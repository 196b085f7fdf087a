import { type Client, status } from "@grpc/grpc-js";
import { type Command, Option } from "commander";
import { CallError } from "quartet-bridge";
import { type ProgramContext, type ProgramSettings, program } from "./program.js";

/** What a case gets from whoever runs it: the client program, the demo, or a test. */
export interface CaseContext<Input extends object = object> {
  readonly client: Client;
  /** See {@link ProgramContext.connect}. */
  readonly connect: ProgramContext<object>["connect"];
  /** Aborts when the program is told to stop: give it to every call. */
  readonly signal: AbortSignal;
  /** The flags that the program has declared beside those that all clients have. */
  readonly input: Input;
  /** Prints one line of result for a person. */
  say(line: string): void;
}

/** Makes the calls of one lesson, says what came of them, and throws if the lesson did not happen. */
export type Case<Input extends object = object> = (context: CaseContext<Input>) => Promise<void>;

/** The cases of a client by their names, in order: the first is the one that a demo opens with. */
export type Cases<Input extends object = object> = Readonly<Record<string, Case<Input>>>;

/**
 * A client program that runs its cases in order, or with `--case` one of them, and prints what each says under its
 * name.
 *
 * A server of somebody else may lack a service: a case that ends UNIMPLEMENTED says 'not offered here', and the next
 * one follows. Exit code 0 if at least one case was answered; 1 if none was, or if one failed, which ends the program.
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
