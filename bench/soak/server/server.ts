import { concatWith, filter, firstValueFrom, NEVER } from "rxjs";
import { start } from "../../measure/forked.js";
import type { FromServer, Gauges, ServerNews, ServerQuestion } from "../protocol.js";

/** The chat's server, as a process. */
export interface ServerProcess {
  readonly port: number;
  /** Settles with how it ended. */
  readonly exited: Promise<string>;
  /** What it holds now, after a garbage collection. */
  gauges(): Promise<Gauges>;
  /** Drains it. Settles when it has ended without a kill, with how it ended and what it held last. */
  drain(): Promise<{ readonly gauges: Gauges; readonly ended: string }>;
  kill(): Promise<void>;
}

/** The chat's own server. */
const chatServer = new URL("server-process.js", import.meta.url);

/** @param heard gets the news of members' calls @param program the server's program, which calls `soaked` */
export async function startServer(heard: (news: ServerNews) => void, program = chatServer): Promise<ServerProcess> {
  const { child, messages$, exited } = start<FromServer>(program, [], { execArgv: ["--expose-gc"] });
  messages$.subscribe((message) => {
    if (message.says === "gone" || message.says === "cut") heard(message);
  });
  const isGauges = (message: FromServer) => message.says === "gauges";
  const isListening = (message: FromServer) => message.says === "listening";

  async function ask(question: ServerQuestion): Promise<Gauges> {
    // A server that has ended gives no answer: `exited` says how it ended.
    const answer = firstValueFrom(messages$.pipe(filter(isGauges), concatWith(NEVER)));
    child.send(question);
    return (await answer).gauges;
  }

  const listening = await firstValueFrom(messages$.pipe(filter(isListening)), { defaultValue: undefined });
  if (listening === undefined) throw new Error("the server's process has ended before it listened");
  return {
    port: listening.port,
    exited,
    gauges: () => ask("gauges"),
    async drain() {
      const gauges = await ask("drain");
      return { gauges, ended: await exited };
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
