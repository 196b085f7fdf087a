import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Subject } from "rxjs";

/** A process that the harness has forked, and that sends messages. */
export interface Forked<Message> {
  readonly child: ChildProcess;
  /** Completes when the process has ended. */
  readonly messages$: Subject<Message>;
  /** Settles when the process has ended, with its exit code or the signal. */
  readonly exited: Promise<string>;
}

export function start<Message>(program: URL, args: readonly string[], ...execArgv: string[]): Forked<Message> {
  const child = fork(program, args, { execArgv });
  const messages$ = new Subject<Message>();
  child.on("message", (message: Message) => messages$.next(message));
  // Messages that it has sent may arrive after its exit.
  const exited = Promise.all([once(child, "exit"), once(child, "disconnect")]).then(([[code, signal]]) => {
    messages$.complete();
    return String(signal ?? code);
  });
  return { child, messages$, exited };
}
