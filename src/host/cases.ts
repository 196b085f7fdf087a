import type { Client } from "@grpc/grpc-js";

/** What a case of a client program gets. */
export interface CaseContext {
  readonly client: Client;
  /** Aborts when the program is told to stop: give it to every call. */
  readonly signal: AbortSignal;
  /** Prints one line of result for a person. */
  say(line: string): void;
}

/** One lesson of a client program. It throws if the lesson did not happen. */
export type Case = (context: CaseContext) => Promise<void>;

/** The cases of a client program by name, in the order in which they run; the first is the one that opens. */
export type Cases = Readonly<Record<string, Case>>;
