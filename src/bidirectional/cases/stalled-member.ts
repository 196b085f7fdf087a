import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { CallError, type Caller, type CallOptions, caller } from "quartet-bridge";
import { concat, filter, firstValueFrom, lastValueFrom, map, mergeMap, NEVER, of, Subject, share, tap } from "rxjs";
import { ChatService, type Cursor, type JoinRequest, type JoinResponse } from "#gen/quartet/chat/v1/chat.js";
import { type Case, grouped } from "../../host/index.js";
import { acknowledgedIn, enterFrame, eventsIn, leaveFrame, sayFrame, welcomeIn } from "../chat/frames.js";
import { enter, newRoom } from "./new-room.js";

/** Together they say more than the buffers and an outbox hold. Each says fewer than it may say at once. */
const talkers = 14;
const messagesEach = 90;
const text = "All work and no play makes Jack a dull boy. ".repeat(40);

/**
 * A member stops reading while the others talk. The room holds a bounded number of events for it, its outbox. When the
 * outbox is full, the room drops the member, and the others continue. Then the member reads what was on its way, enters
 * again after the last event that it has read, and has missed nothing.
 */
export const stalledMember: Case = async ({ client, signal, say }) => {
  const calls = caller(ChatService, client);
  const room = newRoom();
  const options = { timeoutMs: 60_000, signal };
  const identity = { room, name: "sleepy", sessionId: randomUUID(), history: 0 };
  const sleepy = calls.join(concat(of(enterFrame(identity)), NEVER), options)[Symbol.asyncIterator]();
  const position = positionOf((await sleepy.next()).value);

  const others = Array.from({ length: talkers }, (_, index) => talker(calls, room, `talker ${index + 1}`, options));

  async function stalls(): Promise<void> {
    await Promise.all(others.map(({ here }) => here));
    const dropped = Promise.all(others.map(({ hearsLeaving }) => hearsLeaving("sleepy")));
    const allSaid = Promise.all(others.map(({ talk }) => talk()));
    const noDrop = allSaid.then(() => Promise.reject(new Error("all is said, and no member was dropped")));
    await Promise.race([dropped, noDrop]);
    say("sleepy stops reading: the others continue, and hear that it was dropped");

    const heard: number[] = [];
    const error = await readOn(sleepy, heard);
    say(`it reads what was on its way, and then: ${status[error.code]}`);

    // The talkers come in and talk; sleepy is dropped, and comes back.
    const last = position.sequence + talkers * (1 + messagesEach) + 2;
    const resumeAfter = { ...position, sequence: heard.at(-1) ?? position.sequence };
    const leaving = new Subject<JoinRequest>();
    for await (const response of calls.join(concat(of(enterFrame({ ...identity, resumeAfter })), leaving), options)) {
      heard.push(...eventsIn(response).map(({ sequence }) => sequence));
      if (heard.at(-1) === last) of(leaveFrame).subscribe(leaving);
    }
    const missed = heard.findIndex((sequence, index) => sequence !== position.sequence + 1 + index);
    if (missed >= 0) throw new Error(`after event ${heard[missed - 1]} it heard event ${heard[missed]}`);
    if (heard.at(-1) !== last) throw new Error(`the last event that it heard is ${heard.at(-1)}, not ${last}`);
    say(`it comes back, and has heard all ${grouped(heard.length)} events, each once and in order`);
    for (const { go } of others) go();
  }

  // A talker whose call does not end well fails the case.
  await Promise.all([...others.map(({ over }) => over), stalls()]);
  say("no other member was dropped");
};

/** A member that talks, and hears. */
function talker({ join }: Caller<typeof ChatService>, room: string, name: string, options: CallOptions) {
  const saying = new Subject<JoinRequest>();
  const done = new Subject<void>();
  const talk = (message: number) => saying.next(sayFrame(String(message), text));
  const heard = join.observe(concat(of(enter(room, name, 0)), saying), options).pipe(
    // One message after the other: all in one go would fill the outboxes of the other talkers too.
    tap((response) => {
      const acknowledged = acknowledgedIn(response);
      if (acknowledged === undefined) return;
      const said = Number(acknowledged);
      if (said < messagesEach) talk(said + 1);
      else done.next();
    }),
    share(),
  );
  const leavings = heard.pipe(
    mergeMap(eventsIn),
    map(({ what }) => (what?.$case === "left" ? what.left.name : undefined)),
  );
  return {
    here: firstValueFrom(heard),
    over: lastValueFrom(heard),
    talk() {
      const said = firstValueFrom(done);
      talk(1);
      return said;
    },
    hearsLeaving: (whom: string) => firstValueFrom(leavings.pipe(filter((left) => left === whom))),
    go: () => of(leaveFrame).subscribe(saying),
  };
}

/** Reads to the end of the call, and gives the error with which it ends. */
async function readOn(member: AsyncIterator<JoinResponse>, heard: number[]): Promise<CallError> {
  try {
    for (let next = await member.next(); !next.done; next = await member.next()) {
      heard.push(...eventsIn(next.value).map(({ sequence }) => sequence));
    }
  } catch (error) {
    if (error instanceof CallError && error.code === status.RESOURCE_EXHAUSTED) return error;
    throw error;
  }
  throw new Error("the call of a member that did not read has ended well");
}

function positionOf(response: JoinResponse): Cursor {
  const cursor = welcomeIn(response)?.cursor;
  if (!cursor) throw new Error("the first message was not `welcome`");
  return cursor;
}
