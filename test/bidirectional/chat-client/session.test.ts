import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, implement } from "quartet-bridge";
import { firstValueFrom, lastValueFrom, Subject } from "rxjs";
import { ChatService, type JoinResponse, LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import { afterTheTest, connectTo, loopback } from "../../../bridge/test/harness/loopback.js";
import { severable } from "../../../bridge/test/harness/wire/severable.js";
import { eventsFrame, welcomeFrame } from "../../../src/bidirectional/chat/frames.js";
import {
  type ChatIdentity,
  ChatSession,
  type ChatSessionOptions,
  mostUnacknowledged,
} from "../../../src/bidirectional/chat-client/session.js";
import { build } from "../../../src/bidirectional/server.js";
import { enters } from "../member.js";

/** `maxMs` is large: after an attempt that lasts longer than the longest wait, the count begins anew. */
const soon: ChatSessionOptions = { backoff: { initialMs: 1 } };

/** A server, and a wire to it that can be cut. */
async function open() {
  const { client, address } = await loopback(build());
  const wire = await severable(address);
  /** A session over the wire, what it has heard, and what to wait for. */
  function enter(identity: Partial<ChatIdentity> = {}, options: ChatSessionOptions = {}) {
    const frail = connectTo(wire.address, {
      "grpc.initial_reconnect_backoff_ms": 10,
      "grpc.max_reconnect_backoff_ms": 10,
    });
    const session = new ChatSession(
      caller(ChatService, frail),
      { room: "tea", name: "ada", ...identity },
      { ...soon, ...options },
    );
    const events: RoomEvent[] = [];
    const heard = new Subject<JoinResponse>();
    const ended = new Promise<unknown>((resolve) => {
      const subscription = session.hear().subscribe({
        next(response) {
          if (response.frame?.$case === "events") events.push(...response.frame.events.events);
          heard.next(response);
        },
        error: resolve,
        complete: () => resolve(undefined),
      });
      afterTheTest(() => subscription.unsubscribe());
    });
    async function until(done: () => boolean): Promise<void> {
      while (!done()) await firstValueFrom(heard);
    }
    return { session, events, until, ended, texts: () => textsIn(events) };
  }
  return { client, wire, enter };
}

function textsIn(events: readonly RoomEvent[]): string[] {
  return events.flatMap(({ what }) => (what?.$case === "said" ? [what.said.text] : []));
}

describe("a chat session", () => {
  it("hears its own entry and its own texts, and sends `leave` when all is acknowledged", async () => {
    const { client, enter } = await open();
    const grace = enters(client, { name: "grace" });
    await grace.welcome();
    const ada = enter();
    ada.session.say("one");
    ada.session.say("two");
    ada.session.leave();
    expect(await ada.ended).to.equal(undefined);
    expect(ada.texts()).to.deep.equal(["one", "two"]);
    await grace.event(({ what }) => what?.$case === "left");
    expect(grace.events.at(-1)?.what).to.have.nested.property("left.reason", 1);
    grace.leave();
  });

  it("hears each event once, and is heard once, through many cuts of its connection", async () => {
    const { client, wire, enter } = await open();
    const grace = enters(client, { name: "grace" });
    await grace.welcome();
    const retries: number[] = [];
    const ada = enter({}, { onRetry: ({ attempt }) => retries.push(attempt) });
    await ada.until(() => ada.events.length > 0);
    const all = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const [index, text] of all.entries()) {
      ada.session.say(text);
      // At once: some of these are cut before they leave, and some before they are acknowledged.
      if (index % 3 === 0) wire.cut();
      await ada.until(() => ada.session.unacknowledged < 3);
    }
    await ada.until(() => ada.session.unacknowledged === 0);
    expect(retries.length).to.be.greaterThan(0);
    expect(ada.texts()).to.deep.equal(all);
    const numbers = ada.events.map(({ sequence }) => sequence);
    expect(numbers).to.deep.equal(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    await grace.event(({ what }) => what?.$case === "said" && what.said.text === "message 19");
    expect(textsIn(grace.events)).to.deep.equal(all);
    ada.session.leave();
    await ada.ended;
    grace.leave();
  });

  it("keeps what is said while it is cut off, up to a bound, and makes room with each acknowledgement", async () => {
    const { enter, wire } = await open();
    const ada = enter();
    await ada.until(() => ada.events.length > 0);
    wire.cut();
    const said = Array.from({ length: mostUnacknowledged + 1 }, (_, index) => ada.session.say(`message ${index}`));
    expect(said).to.deep.equal([...Array(mostUnacknowledged).fill(true), false]);
    await ada.session.roomForOneMore();
    expect(ada.session.unacknowledged).to.be.below(mostUnacknowledged);
    await ada.until(() => ada.session.unacknowledged === 0);
    expect(ada.texts()).to.have.length(mostUnacknowledged);
    ada.session.leave();
    await ada.ended;
  });

  it("knows the members from the welcome and the events after it; past events change nothing", async () => {
    const welcome = { cursor: { epoch: "e", sequence: 5 }, members: ["ada", "grace"], limits: undefined };
    const left = (name: string) => ({ $case: "left" as const, left: { name, reason: LeftReason.QUIT } });
    const joined = (name: string) => ({ $case: "joined" as const, joined: { name } });
    const happened = [left("ada"), joined("ada"), joined("linus"), left("grace")];
    const events = happened.map((what, index) => ({ sequence: 4 + index, what, occurredAt: undefined }));
    const service = implement(ChatService, {
      join: () => [welcomeFrame(welcome), eventsFrame(events)],
      listRooms: () => ({ rooms: [] }),
    });
    const { client } = await loopback(service.addTo(new Server()));
    const session = new ChatSession(caller(ChatService, client), { room: "tea", name: "ada" });
    await lastValueFrom(session.hear());
    expect(session.members).to.deep.equal(["ada", "linus"]);
  });

  it("fails if another session has its name", async () => {
    const { client, enter } = await open();
    const other = enters(client, { name: "ada" });
    await other.welcome();
    const error = await enter().ended;
    expect(error).to.be.instanceOf(CallError).with.property("code", status.ALREADY_EXISTS);
    other.leave();
  });
});

describe("Chat.ListRooms", () => {
  it("lists the rooms, the fullest first, and at most 100", async () => {
    const { client } = await open();
    const { listRooms } = caller(ChatService, client);
    expect(await listRooms({})).to.deep.equal({ rooms: [] });
    const members = ["ada", "grace", "linus"].map((name, index) =>
      enters(client, { name, room: index === 0 ? "coffee" : "tea" }),
    );
    await Promise.all(members.map((member) => member.welcome()));
    const rooms = [
      { name: "tea", members: 2 },
      { name: "coffee", members: 1 },
    ];
    expect(await listRooms({})).to.deep.equal({ rooms });
    const others = Array.from({ length: 99 }, (_, index) => enters(client, { room: `room ${index}` }));
    await Promise.all(others.map((member) => member.welcome()));
    expect((await listRooms({})).rooms).to.have.length(100);
    for (const member of [...members, ...others]) {
      member.leave();
      member.halfClose();
    }
    await Promise.all([...members, ...others].map(({ ended }) => ended));
    expect(await listRooms({})).to.deep.equal({ rooms: [] });
  });
});
