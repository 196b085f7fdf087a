import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, implement, StatusError } from "quartet-bridge";
import { firstValueFrom, lastValueFrom, Subject } from "rxjs";
import { ChatService, type JoinResponse, LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import { afterTheTest, connectTo, loopback } from "../../../bridge/test/harness/loopback.js";
import { severable } from "../../../bridge/test/harness/severable.js";
import { eventsFrame, welcomeFrame } from "../../../src/bidirectional/chat/frames.js";
import {
  type ChatIdentity,
  ChatSession,
  type ChatSessionOptions,
  mostUnacknowledged,
} from "../../../src/bidirectional/chat-client/session.js";
import { build } from "../../../src/bidirectional/server.js";
import { enters } from "../member.js";

/** No small `maxMs`: an attempt that lasts longer than the longest wait, as under load, has the count begin anew. */
const soon: ChatSessionOptions = { backoff: { initialMs: 1 } };

/** A server, and a wire to it that can be cut. */
async function open() {
  const hosting = build();
  const { client, address } = await loopback(hosting);
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
  return { hosting, client, wire, enter };
}

function textsIn(events: readonly RoomEvent[]): string[] {
  return events.flatMap(({ what }) => (what?.$case === "said" ? [what.said.text] : []));
}

describe("a chat session", () => {
  it("hears its own coming in and its own words, and leaves with a word when all is acknowledged", async () => {
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

  it("hears each event once, and is heard once, however often its connection is cut", async () => {
    const { client, wire, enter } = await open();
    const grace = enters(client, { name: "grace" });
    await grace.welcome();
    const retries: number[] = [];
    const ada = enter({}, { onRetry: ({ attempt }) => retries.push(attempt) });
    await ada.until(() => ada.events.length > 0);
    const all = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const [index, text] of all.entries()) {
      ada.session.say(text);
      // Right behind it: some of these are cut before they are out, and some before they are acknowledged.
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

  it("keeps what is said while it is away, up to a bound, and makes room with each acknowledgement", async () => {
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

  it("says that something may be missing where the room has begun anew, and goes on", async () => {
    const { wire, enter } = await open();
    let gaps = 0;
    const ada = enter(
      {},
      {
        onGap: () => {
          gaps += 1;
        },
      },
    );
    await ada.until(() => ada.events.length > 0);
    // The room dies with its last member.
    wire.cut();
    await ada.until(() => gaps > 0);
    ada.session.say("here again");
    await ada.until(() => ada.texts().includes("here again"));
    ada.session.leave();
    await ada.ended;
  });

  it("waits after each gap, as after any failure", async () => {
    const join = () => {
      throw new StatusError(status.OUT_OF_RANGE, "not remembered");
    };
    const { client } = await loopback(implement(ChatService, { join, listRooms: join }).addTo(new Server()));
    const enough = new Error("enough");
    const told: string[] = [];
    const session = new ChatSession(
      caller(ChatService, client),
      { room: "tea", name: "ada" },
      {
        ...soon,
        onGap: ({ code }) => told.push(status[code]),
        onRetry({ attempt }) {
          told.push(`wait ${attempt}`);
          if (attempt === 3) throw enough;
        },
      },
    );
    expect(await firstValueFrom(session.hear()).catch((reason) => reason)).to.equal(enough);
    expect(told).to.deep.equal([1, 2, 3].flatMap((attempt) => ["OUT_OF_RANGE", `wait ${attempt}`]));
  });

  it("knows the members: those of the welcome, and who entered and left after it; past events change nothing", async () => {
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

  it("fails where another session has its name", async () => {
    const { client, enter } = await open();
    const other = enters(client, { name: "ada" });
    await other.welcome();
    const error = await enter().ended;
    expect(error).to.be.instanceOf(CallError).with.property("code", status.ALREADY_EXISTS);
    other.leave();
  });

  it("ends when who hears of a retry throws", async () => {
    const { hosting, enter } = await open();
    await hosting.force();
    const enough = new Error("enough");
    const ada = enter(
      {},
      {
        onRetry: () => {
          throw enough;
        },
      },
    );
    expect(await ada.ended).to.equal(enough);
  });
});

describe("Chat.ListRooms", () => {
  it("has the rooms that there are, the fullest first", async () => {
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
    for (const member of members) {
      member.leave();
      member.halfClose();
    }
    await Promise.all(members.map(({ ended }) => ended));
    expect(await listRooms({})).to.deep.equal({ rooms: [] });
  });

  it("is long enough to choose from, and no longer", async () => {
    const { client } = await open();
    const members = Array.from({ length: 101 }, (_, index) => enters(client, { room: `room ${index}` }));
    await Promise.all(members.map((member) => member.welcome()));
    expect((await caller(ChatService, client).listRooms({})).rooms).to.have.length(100);
    for (const member of members) member.leave();
  });
});
