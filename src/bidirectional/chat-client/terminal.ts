import { userInfo } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import pc from "picocolors";
import { aborted, type Caller, caller } from "quartet-bridge";
import { firstValueFrom, lastValueFrom, Subject, takeUntil, tap } from "rxjs";
import { ChatService, GoodbyeReason, type JoinResponse, type Limits } from "#gen/quartet/chat/v1/chat.js";
import { isMain, type ProgramContext, program, promptBackOff, promptConnection } from "../../host/index.js";
import { characters, eventsIn, fits, goodbyeIn, welcomeIn } from "../chat/frames.js";
import { coloredName, pipeLine, printable, terminalLine } from "./lines.js";
import { ChatSession, mostUnacknowledged } from "./session.js";
import { typingAt } from "./typing.js";

interface Flags {
  readonly name: string;
  readonly room: string;
}

function options(command: Command): Command {
  return command
    .description("Talks in a room. In a pipe, each line of stdin is said, and each line of stdout is an event.")
    .option("--name <name>", "your name in the room", userInfo().username)
    .option("--room <room>", "the room", "lobby");
}

const help = [
  "/who    list the members of this room",
  "/rooms  list the rooms",
  "/quit   leave, as ctrl-c and ctrl-d do",
  "//…     say a line that begins with a slash",
];

/** Where a person reads and types: a terminal, or a pipe. */
interface Front {
  heard(response: JoinResponse): void;
  /** Shows a message about the connection. */
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
        // A server that was never reached is not waited for: the address may be wrong, or the server not started.
        if (!reached) throw error;
        connected = false;
        if (leaving) gone.next();
        else if (attempt === 1) front.notice("connection lost; what you say is kept, and said when it is back");
      },
      onGap: () => front.notice("the room does not remember your position: events may be missing here"),
    },
  );

  /** Leaves with `leave`, or at once if there is no connection or the person asks again. */
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
        if (welcomeIn(response)) {
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
  let limits: Limits | undefined;
  let welcomed = false;
  const typing = typingAt(process.stdin, process.stdout, `${printable(name)}> `, { line: typed, leave });
  const notice = (text: string) => typing.print(pc.dim(`-- ${text}`));
  const members = () => `members: ${session.members.map(coloredName).join(", ")}`;

  function typed(text: string): void {
    if (text.trim() === "") return;
    if (text.startsWith("/") && !text.startsWith("//")) command(text);
    else say(text.startsWith("//") ? text.slice(1) : text);
  }

  function say(text: string): void {
    const problem = problemOf(text, limits);
    if (problem !== undefined) notice(`not said: ${problem}`);
    else if (!session.say(text)) notice(`not said: ${mostUnacknowledged} messages already wait for the connection`);
  }

  function command(text: string): void {
    const [word] = text.split(" ");
    if (word === "/quit") leave();
    else if (word === "/who") notice(members());
    else if (word === "/rooms") {
      calls.listRooms({}, { timeoutMs: 5_000 }).then(
        ({ rooms }) => notice(rooms.map((each) => `${printable(each.name)} (${each.members})`).join(", ")),
        (error: Error) => notice(error.message),
      );
    } else if (word === "/help") for (const line of help) notice(line);
    else notice(`there is no command ${word}: /help lists the commands`);
  }

  return {
    notice,
    heard(response) {
      const welcome = welcomeIn(response);
      if (welcome) {
        limits = welcome.limits;
        if (!welcomed) notice(`${members()}. /help lists the commands`);
        welcomed = true;
      }
      if (goodbyeIn(response) === GoodbyeReason.STOPPING) notice("the server is stopping");
      for (const event of eventsIn(response)) {
        const line = terminalLine(event);
        if (line !== undefined) typing.print(line);
      }
    },
    close: () => typing.close(),
  };
}

/** Says what is wrong with a text before the room does; undefined if nothing is. */
function problemOf(text: string, limits: Limits | undefined): string | undefined {
  if (limits === undefined || fits(text, limits.maxTextCharacters)) return undefined;
  return `it has ${characters(text)} characters, and at most ${limits.maxTextCharacters} are allowed`;
}

function pipe(session: ChatSession, leave: () => void): Front {
  const welcomes = new Subject<Limits | undefined>();
  const welcomed = firstValueFrom(welcomes, { defaultValue: undefined });
  const reading = async () => {
    const limits = await welcomed;
    const perSecond = limits?.maxMessagesPerSecond ?? 0;
    let number = 0;
    // The interface is made only now: lines that it reads before the loop begins are lost.
    for await (const line of createInterface({ input: process.stdin, terminal: false })) {
      number += 1;
      if (line === "") continue;
      const problem = problemOf(line, limits);
      if (problem !== undefined) {
        console.error(`line ${number} was not said: ${problem}`);
        process.exitCode = 1;
        continue;
      }
      // The room sets the pace, by its acknowledgements and by its limit per second.
      await session.roomForOneMore();
      session.say(line);
      if (perSecond > 0) await setTimeout(1_000 / perSecond);
    }
    session.leave();
  };
  reading().catch(leave);
  return {
    notice: (text) => console.error(text),
    heard(response) {
      const welcome = welcomeIn(response);
      if (welcome) welcomes.next(welcome.limits);
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

if (isMain(import.meta.url)) {
  await program<Flags>("chat", main, { options, startServer: "make bidi-server", connection: promptConnection });
}
