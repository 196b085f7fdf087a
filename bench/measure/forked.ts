import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { once } from "node:events";
import { Subject } from "rxjs";

/** A process that the harness has forked, and that sends messages. */
export interface Forked<Message> {
  readonly child: ChildProcess;
  /** Completes when the process has ended. */
  readonly messages$: Subject<Message>;
  /** Settles when the process has ended, with its exit code or the signal, or why it could not start. */
  readonly exited: Promise<string>;
}

export function start<Message>(program: URL, args: readonly string[], options: ForkOptions = {}): Forked<Message> {
  const child = fork(program, args, options);
  const messages$ = new Subject<Message>();
  child.on("message", (message: Message) => messages$.next(message));
  // Messages that it has sent may arrive after its exit.
  const ended = Promise.all([once(child, "exit"), once(child, "disconnect")]);
  const exited = ended.then(
    ([[code, signal]]) => String(signal ?? code),
    (error: Error) => error.message,
  );
  void exited.then(() => messages$.complete());
  return { child, messages$, exited };
}
