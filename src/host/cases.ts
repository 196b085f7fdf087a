import type { Client } from "@grpc/grpc-js";

/** What a case gets from whoever runs it: the client program, the demo, or a test. */
export interface CaseContext<Input extends object = object> {
  readonly client: Client;
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
