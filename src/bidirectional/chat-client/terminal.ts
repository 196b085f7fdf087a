import { userInfo } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import pc from "picocolors";
import { aborted, type Caller, caller } from "quartet-bridge";
import { firstValueFrom, lastValueFrom, Subject, takeUntil, tap } from "rxjs";
import { ChatService, GoodbyeReason, type JoinResponse, type Limits } from "#gen/quartet/chat/v1/chat.js";
import { isMain, type ProgramContext, program, promptBackOff, promptConnection } from "../../host/index.js";
import { coloured, harmless, pipeLine, terminalLine } from "./lines.js";
import { Members } from "./members.js";
import { ChatSession, mostUnacknowledged } from "./session.js";
import { typingAt } from "./typing.js";

interface Flags {
  readonly name: string;
  readonly room: string;
}

function options(command: Command): Command {
  return command
    .description("Talks in a room. In a pipe each line of stdin is said, and each line of stdout is what was heard.")
    .option("--name <name>", "what the others call you", userInfo().username)
    .option("--room <room>", "the room", "lobby");
}

const help = [
  "/who    who is here",
  "/rooms  which rooms there are",
  "/quit   leave, as ctrl-c and ctrl-d do",
  "//…     says a line that begins with a slash",
];

/** What a person meets the chat with: a terminal, or a pipe. */
interface Front {
  heard(response: JoinResponse): void;
  /** A word about the connection. */
  notice(text: string): void;
  close(): void;
}

async function main({ client, flags: { name, room }, signal }: ProgramContext<Flags>): Promise<void> {
  const calls = caller(ChatService, client);
  const gone = new Subject<void>();
  let reached = false;
  let connected = false;
  let leaving = false;

  const session = new ChatSession(
    calls,
    { room, name },
    {
      backoff: promptBackOff,
      onRetry({ error, attempt }) {
        // Nothing was lost where nothing was there: the address may be wrong, or the server not started.
        if (!reached) throw error;
        connected = false;
        if (leaving) gone.next();
        else if (attempt === 1) front.notice("connection lost; what you say is kept, and said when it is back");
      },
      onGap: () => front.notice("the room has forgotten where we were: something may be missing here"),
    },
  );

  /** Politely, and at once where nobody would hear it, or where it was asked for again. */
  function leave(): void {
    const again = leaving;
    leaving = true;
    session.leave();
    if (again || !connected) gone.next();
  }

  const front =
    process.stdin.isTTY && process.stdout.isTTY ? terminal(session, calls, name, leave) : pipe(session, leave);
  const stopped = aborted(signal).subscribe(leave);
  try {
    const heard = session.hear().pipe(
      tap((response) => {
        if (response.frame?.$case === "welcome") {
          if (reached && !connected) front.notice("back again");
          reached = true;
          connected = true;
        }
        front.heard(response);
      }),
      takeUntil(gone),
    );
    await lastValueFrom(heard, { defaultValue: undefined });
  } finally {
    stopped.unsubscribe();
    front.close();
  }
}

function terminal(session: ChatSession, calls: Caller<typeof ChatService>, name: string, leave: () => void): Front {
  const members = new Members();
  let limits: Limits | undefined;
  let welcomed = false;
  const typing = typingAt(process.stdin, process.stdout, `${harmless(name)}> `, { line: typed, leave });
  const notice = (text: string) => typing.print(pc.dim(`-- ${text}`));

  function typed(text: string): void {
    if (text.trim() === "") return;
    if (text.startsWith("/") && !text.startsWith("//")) command(text);
    else say(text.startsWith("//") ? text.slice(1) : text);
  }

  function say(text: string): void {
    const problem = tooLong(text, limits);
    if (problem !== undefined) notice(`not said: ${problem}`);
    else if (!session.say(text)) notice(`not said: ${mostUnacknowledged} messages wait already for the connection`);
  }

  function command(text: string): void {
    const [word] = text.split(" ");
    if (word === "/quit") leave();
    else if (word === "/who") notice(`here: ${members.names.map(coloured).join(", ")}`);
    else if (word === "/rooms") {
      calls.listRooms({}, { timeoutMs: 5_000 }).then(
        ({ rooms }) => notice(rooms.map((each) => `${harmless(each.name)} (${each.members})`).join(", ")),
        (error: Error) => notice(error.message),
      );
    } else if (word === "/help") for (const line of help) notice(line);
    else notice(`there is no ${word}: /help lists what there is`);
  }

  return {
    notice,
    heard(response) {
      members.heard(response);
      const { frame } = response;
      if (frame?.$case === "welcome") {
        limits = frame.welcome.limits;
        if (!welcomed) notice(`here: ${members.names.map(coloured).join(", ")}. /help lists the commands`);
        welcomed = true;
      }
      if (frame?.$case === "goodbye" && frame.goodbye.reason === GoodbyeReason.STOPPING)
        notice("the server is stopping");
      for (const event of eventsIn(response)) {
        const line = terminalLine(event);
        if (line !== undefined) typing.print(line);
      }
    },
    close: () => typing.close(),
  };
}

/** What is wrong with a text, before the room says it; undefined for nothing. */
function tooLong(text: string, limits: Limits | undefined): string | undefined {
  const most = limits?.maxTextCharacters ?? Number.POSITIVE_INFINITY;
  const length = [...text].length;
  return length > most ? `it has ${length} characters, and ${most} are the most` : undefined;
}

function pipe(session: ChatSession, leave: () => void): Front {
  const welcomes = new Subject<Limits | undefined>();
  const welcomed = firstValueFrom(welcomes, { defaultValue: undefined });
  const reading = async () => {
    const limits = await welcomed;
    const perSecond = limits?.maxMessagesPerSecond ?? 0;
    let number = 0;
    // Made when it is read: what an interface reads before somebody loops over its lines is lost.
    for await (const line of createInterface({ input: process.stdin, terminal: false })) {
      number += 1;
      if (line === "") continue;
      const problem = tooLong(line, limits);
      if (problem !== undefined) {
        console.error(`line ${number} was not said: ${problem}`);
        process.exitCode = 1;
        continue;
      }
      // The room sets the pace: what is not acknowledged is kept here, and more in a second than it allows is not said.
      await session.room();
      session.say(line);
      if (perSecond > 0) await setTimeout(1_000 / perSecond);
    }
    session.leave();
  };
  reading().catch(leave);
  return {
    notice: (text) => console.error(text),
    heard(response) {
      const { frame } = response;
      if (frame?.$case === "welcome") welcomes.next(frame.welcome.limits);
      for (const event of eventsIn(response)) {
        const line = pipeLine(event);
        if (line !== undefined) console.log(line);
      }
    },
    close() {
      welcomes.complete();
      process.stdin.destroy();
    },
  };
}

function eventsIn({ frame }: JoinResponse) {
  return frame?.$case === "events" ? frame.events.events : [];
}

if (isMain(import.meta.url)) {
  await program<Flags>("chat", main, {
    options,
    startServer: "make bidi-server",
    connection: promptConnection,
  });
}
