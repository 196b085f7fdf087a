import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { detailsOf, Encoded, type Outgoing, StatusError } from "quartet-bridge";
import { Observable, Subscriber, take } from "rxjs";
import { GoodbyeReason, type JoinResponse, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { nextTurn } from "../../../bridge/test/hub/hub-members.js";
import { historyGiven, historyKept, type Member } from "../../../src/bidirectional/chat/room.js";
import { Rooms } from "../../../src/bidirectional/chat/rooms.js";

const frameOf = (heard: Outgoing<JoinResponse>) => (heard instanceof Encoded ? heard.message : heard).frame;

/**
 * What is heard, in few characters: `3 ada: hi`, `1 ada joined`, `2 ada left 1`, `ack m1=3`, `in ada,grace @2`,
 * `goodbye 2`.
 */
function brief(heard: Outgoing<JoinResponse>): string[] {
  const frame = frameOf(heard);
  if (frame?.$case === "welcome") return [`in ${frame.welcome.members} @${frame.welcome.cursor?.sequence}`];
  if (frame?.$case === "goodbye") return [`goodbye ${frame.goodbye.reason}`];
  if (frame?.$case === "acknowledgement") {
    return [`ack ${frame.acknowledgement.clientMessageId}=${frame.acknowledgement.sequence}`];
  }
  return (frame?.events.events ?? []).map(({ sequence, what }) => {
    if (what?.$case === "said") return `${sequence} ${what.said.name}: ${what.said.text}`;
    if (what?.$case === "joined") return `${sequence} ${what.joined.name} joined`;
    return `${sequence} ${what?.left.name} left ${what?.left.reason}`;
  });
}

/** Enters `rooms` and keeps what is heard; `react` may act from inside a delivery. */
function enter(rooms: Rooms, name: string, options: Options = {}) {
  const { sessionId = `session of ${name}`, room = "tea" } = options;
  const cut = "cut" in options ? options.cut : LeftReason.LOST;
  const log: string[] = [];
  const heard: Outgoing<JoinResponse>[] = [];
  let epoch = "";
  let member: Member | undefined;
  const membership = new Observable<Outgoing<JoinResponse>>((ear) => {
    const entered = rooms.enter({ room, name, sessionId, history: 0, ...options.entrance }, ear);
    member = entered;
    return () => entered.leave(cut);
  }).subscribe({
    next: (message) => {
      heard.push(message);
      const frame = frameOf(message);
      if (frame?.$case === "welcome") epoch = frame.welcome.cursor?.epoch ?? "";
      const lines = brief(message);
      log.push(...lines);
      for (const line of lines) options.react?.(line);
    },
    error: (error: unknown) => log.push(`error ${nameOf(error)}`),
    complete: () => log.push("complete"),
  });
  return {
    log,
    heard,
    membership,
    say: (clientMessageId: string, text = clientMessageId) => member?.say({ clientMessageId, text }),
    leave: (reason: LeftReason = LeftReason.QUIT) => member?.leave(reason),
    fail: (error: Error) => member?.fail(error),
    epoch: () => epoch,
  };
}

const nameOf = (error: unknown) => (error instanceof StatusError ? status[error.code] : (error as Error).name);

interface Options {
  readonly room?: string;
  readonly sessionId?: string;
  readonly cut?: LeftReason | undefined;
  readonly entrance?: object;
  react?(line: string): void;
}

/** Waits for the end of a long past, which the room gives in slices. */
async function hasHeard({ log }: ReturnType<typeof enter>, end: string): Promise<void> {
  while (!log.some((line) => line.endsWith(end))) await nextTurn();
}

const ordered = (log: readonly string[]) => log.filter((line) => /^\d/.test(line));

const limits = { maxTextCharacters: 2_000, maxMessagesPerSecond: 0 };

/** A room that these members have entered, in this order. */
function roomOf<Name extends string>(...names: readonly Name[]) {
  const rooms = new Rooms(limits);
  const members = Object.fromEntries(names.map((name) => [name, enter(rooms, name)]));
  return { rooms, ...(members as Record<Name, ReturnType<typeof enter>>) };
}

describe("A room", () => {
  it("numbers presence and speech in one sequence, and tells a newcomer what comes after it", () => {
    const { ada, grace } = roomOf("ada", "grace");
    ada.say("m1", "hello");
    grace.leave();
    expect(ada.log).to.deep.equal([
      "in ada @1",
      "2 grace joined",
      "3 ada: hello",
      "ack m1=3",
      `4 grace left ${LeftReason.QUIT}`,
    ]);
    expect(grace.log).to.deep.equal(["in ada,grace @2", "3 ada: hello", "complete"]);
  });

  it("serializes an event once: all members have the same object", () => {
    const { ada, grace } = roomOf("ada", "grace");
    ada.say("m1", "hello");
    const event = grace.heard.at(-1);
    expect(event && brief(event)).to.deep.equal(["3 ada: hello"]);
    expect(event).to.be.instanceOf(Encoded);
    expect(ada.heard).to.include(event);
  });

  it("packs the events that a member is late for in one frame, and gives each other event its own frame", () => {
    const rooms = new Rooms(limits);
    // A member that speaks from inside a delivery makes the others late.
    const ada = enter(rooms, "ada", {
      react: (line) => line.endsWith(": one") && ["two", "three"].map((id) => ada.say(id)),
    });
    const grace = enter(rooms, "grace");
    ada.say("one");
    ada.say("four");
    const frames = (member: typeof ada) => member.heard.slice(-3).map((frame) => brief(frame));
    expect(frames(grace)).to.deep.equal([["3 ada: one"], ["4 ada: two", "5 ada: three"], ["6 ada: four"]]);
    expect(ordered(ada.log).slice(-4)).to.deep.equal(["3 ada: one", "4 ada: two", "5 ada: three", "6 ada: four"]);
  });

  it("forgets what is too much for its memory, and lets a member resume from what it still has", async () => {
    const { rooms, ada } = roomOf("ada");
    // 8,000 bytes each: 8 MiB are some 1,040 of them.
    for (let id = 1; id <= 1_500; id += 1) ada.say(`m${id}`, "\u{1F600}".repeat(2_000));
    const tooOld = enter(rooms, "late", { entrance: { resumeAfter: { epoch: ada.epoch(), sequence: 1 } } });
    expect(tooOld.log).to.deep.equal(["error OUT_OF_RANGE"]);
    const late = enter(rooms, "late", { entrance: { history: historyKept } });
    await hasHeard(late, "late joined");
    const past = late.heard.slice(1).map((frame) => frame as Encoded<JoinResponse>);
    expect(past).to.have.length.within(900, 1_100);
    expect(past.reduce((sum, { bytes }) => sum + bytes.length, 0)).to.be.within(7.9 * 2 ** 20, 8 * 2 ** 20);
    // The room holds them, so they do not count in the member's outbox: it would be full at once.
    expect(past.every(({ count }) => count === 0)).to.equal(true);
  });

  it("keeps the members in the order in which they entered", () => {
    const rooms = new Rooms(limits);
    const [ada] = [enter(rooms, "ada"), enter(rooms, "grace"), enter(rooms, "linus")];
    ada.leave();
    expect(enter(rooms, "ada").log).to.deep.equal(["in grace,linus,ada @5"]);
  });

  it("numbers what is said from inside a delivery after that event, with its acknowledgement after its own event", () => {
    const { rooms, ada } = roomOf("ada");
    const grace = enter(rooms, "grace", { react: (line) => line.endsWith(": ping") && grace.say("g1", "pong") });
    const linus = enter(rooms, "linus");
    ada.say("a1", "ping");
    const shared = ["4 ada: ping", "5 grace: pong"];
    expect(ada.log.slice(-3)).to.deep.equal(["4 ada: ping", "ack a1=4", "5 grace: pong"]);
    expect(grace.log.slice(-3)).to.deep.equal([...shared, "ack g1=5"]);
    expect(linus.log.slice(-2)).to.deep.equal(shared);
  });

  it("tells a newcomer its welcome first, also when its entry makes a slow member leave", () => {
    const rooms = new Rooms(limits);
    const slow = enter(rooms, "slow", {
      cut: LeftReason.DROPPED,
      react: (line) => line.endsWith("joined") && slow.membership.unsubscribe(),
    });
    expect(enter(rooms, "ada").log).to.deep.equal(["in slow,ada @2", `3 slow left ${LeftReason.DROPPED}`]);
  });

  it("frees a member exactly once, however many ends it has", () => {
    const { rooms, witness, ada } = roomOf("witness", "ada");
    ada.leave();
    ada.leave();
    ada.leave(LeftReason.LOST);
    ada.membership.unsubscribe();
    const grace = enter(rooms, "grace");
    grace.membership.unsubscribe();
    grace.membership.unsubscribe();
    grace.leave(LeftReason.LOST);
    expect(ordered(witness.log)).to.deep.equal([
      "2 ada joined",
      `3 ada left ${LeftReason.QUIT}`,
      "4 grace joined",
      `5 grace left ${LeftReason.LOST}`,
    ]);
  });

  it("frees a member that is cut off by its own welcome", () => {
    const rooms = new Rooms(limits);
    new Observable<Outgoing<JoinResponse>>((ear) => {
      const ada = rooms.enter({ room: "tea", name: "ada", sessionId: "s" }, ear);
      return () => ada.leave(LeftReason.LOST);
    })
      .pipe(take(1))
      .subscribe();
    expect(rooms.size).to.equal(0);
  });

  it("ends a membership with the error of what it says, and says that it was dropped", () => {
    const { rooms, witness } = roomOf("witness");
    const ada = enter(rooms, "ada", { cut: LeftReason.DROPPED });
    ada.fail(new RangeError("too long"));
    expect(ada.log.at(-1)).to.equal("error RangeError");
    expect(witness.log.at(-1)).to.equal(`3 ada left ${LeftReason.DROPPED}`);
  });

  it("tells no member of a leaving that has no reason", () => {
    const { rooms, witness } = roomOf("witness");
    enter(rooms, "ada", { cut: undefined }).membership.unsubscribe();
    expect(ordered(witness.log)).to.deep.equal(["2 ada joined"]);
    expect(enter(rooms, "grace").log).to.deep.equal(["in witness,grace @3"]);
  });

  it("refuses a name that another session has, and gives it to another session after that one has left", () => {
    const { rooms, ada } = roomOf("ada");
    expect(enter(rooms, "ada", { sessionId: "another" }).log).to.deep.equal(["error ALREADY_EXISTS"]);
    expect(ada.log).to.deep.equal(["in ada @1"]);
    enter(rooms, "ada", { room: "other room", sessionId: "another" });
    ada.leave();
    expect(enter(rooms, "ada", { sessionId: "another" }).log).to.deep.equal(["in ada @1"]);
  });

  it("lets a session replace its own earlier membership without an event, and keeps its place", () => {
    const rooms = new Rooms(limits);
    const old = enter(rooms, "ada");
    const witness = enter(rooms, "witness");
    const again = enter(rooms, "ada");
    expect(old.log.slice(-2)).to.deep.equal([`goodbye ${GoodbyeReason.REPLACED}`, "error ABORTED"]);
    expect(again.log).to.deep.equal(["in ada,witness @2"]);
    again.say("m1", "back");
    expect(ordered(witness.log)).to.deep.equal(["3 ada: back"]);
    expect(again.log.slice(1)).to.deep.equal(["3 ada: back", "ack m1=3"]);
  });

  it("acknowledges a message said again with its first number, on another call too, and delivers it once", () => {
    const { rooms, witness, ada } = roomOf("witness", "ada");
    ada.say("m1", "once");
    ada.membership.unsubscribe();
    const again = enter(rooms, "ada");
    again.say("m1", "once");
    expect(again.log.slice(1)).to.deep.equal(["ack m1=3"]);
    expect(witness.log.filter((line) => line.endsWith(": once"))).to.have.length(1);
    // Ids belong to a session: the same id of another session is another message.
    witness.say("m1", "mine");
    expect(witness.log.slice(-2)).to.deep.equal(["6 witness: mine", "ack m1=6"]);
  });

  it("forgets the ids of a session's older messages, so its memory is bounded", () => {
    const { ada } = roomOf("ada");
    for (let id = 1; id <= 65; id += 1) ada.say(`m${id}`);
    ada.say("m2");
    expect(ada.log.at(-1)).to.equal("ack m2=3");
    ada.say("m1");
    expect(ada.log.at(-1)).to.equal("ack m1=67");
  });

  it("remembers the messages of a member that is in, however many others talk and leave", () => {
    const { rooms, ada } = roomOf("ada");
    ada.say("m1", "first");
    for (let each = 0; each < 300; each += 1) {
      const passer = enter(rooms, `passer ${each}`);
      passer.say("m1");
      passer.leave();
    }
    ada.log.length = 0;
    ada.say("m1", "first");
    expect(ada.log).to.deep.equal(["ack m1=2"]);
  });

  it("forgets the messages of the members that left first, so its memory is bounded", () => {
    const { rooms, witness } = roomOf("witness");
    for (const name of ["ada", ...Array.from({ length: 64 }, (_, each) => `passer ${each}`), "grace"]) {
      const passer = enter(rooms, name);
      passer.say("m1");
      passer.membership.unsubscribe();
    }
    const said = witness.log.length;
    enter(rooms, "grace").say("m1");
    enter(rooms, "ada").say("m1");
    expect(witness.log.slice(said)).to.deep.equal(["200 grace joined", "201 ada joined", "202 ada: m1"]);
  });

  it("gives as much of the past as a member asks for, and no more than it keeps", async () => {
    const { rooms, ada } = roomOf("ada");
    for (let id = 1; id <= historyKept + 44; id += 1) ada.say(`m${id}`);
    const past = async (history: number | undefined) => {
      const reader = enter(rooms, "reader", { entrance: { history } });
      if (history !== 0) await hasHeard(reader, "reader joined");
      reader.leave();
      return ordered(reader.log).map((line) => Number.parseInt(line, 10));
    };
    expect(await past(0)).to.deep.equal([]);
    // Presence is an event too: the reader's own entry is the last event of the past.
    expect(await past(2)).to.deep.equal([historyKept + 47, historyKept + 48]);
    expect(await past(undefined)).to.have.length(historyGiven);
    const all = await past(10_000);
    expect(all).to.have.length(historyKept);
    expect(all).to.deep.equal(all.map((_, index) => (all[0] ?? 0) + index));
    expect(all.at(-1)).to.equal(historyKept + 52);
  });

  it("resumes after a position: each event since then once, and its own return", () => {
    const { rooms, ada, grace } = roomOf("ada", "grace");
    ada.say("m1");
    grace.membership.unsubscribe();
    ada.say("m2");
    const back = enter(rooms, "grace", { entrance: { resumeAfter: { epoch: grace.epoch(), sequence: 3 } } });
    expect(back.log).to.deep.equal([
      "in ada,grace @6",
      `4 grace left ${LeftReason.LOST}`,
      "5 ada: m2",
      "6 grace joined",
    ]);
  });

  it("refuses to resume from another life of the room, from what it has forgotten, and from the future", () => {
    const { rooms, ada } = roomOf("ada");
    for (let id = 1; id <= historyKept; id += 1) ada.say(`m${id}`);
    const refusal = (resumeAfter: { epoch: string; sequence: number }, room = "tea") => {
      try {
        rooms.enter({ room, name: "grace", sessionId: "s", resumeAfter }, new Subscriber());
      } catch (error) {
        expect(error).to.include({ code: status.OUT_OF_RANGE });
        return detailsOf(error).errorInfo;
      }
      throw new Error("the position was not refused");
    };
    const metadata = { epoch: ada.epoch(), oldest: "2", newest: String(historyKept + 1) };
    expect(refusal({ epoch: "another", sequence: 5 })).to.deep.include({ reason: "EPOCH_ENDED", metadata });
    expect(refusal({ epoch: ada.epoch(), sequence: 0 })).to.deep.include({ reason: "POSITION_FORGOTTEN", metadata });
    // The last two are beyond the numbers that a double holds exactly: 2^53, and the largest double below 2^64.
    for (const sequence of [historyKept + 2, 2 ** 53, 2 ** 64 - 2 ** 11])
      expect(refusal({ epoch: ada.epoch(), sequence })).to.deep.include({ reason: "POSITION_FORGOTTEN", metadata });
    expect(refusal({ epoch: ada.epoch(), sequence: 1 }, "nowhere")).to.deep.include({
      reason: "EPOCH_ENDED",
      metadata: {},
    });
    expect(rooms.size).to.equal(1);
    expect(ada.log.filter((line) => line.includes("grace"))).to.deep.equal([]);
  });

  it("is forgotten with its last member: the next member begins another life at 1", () => {
    const { rooms, ada, grace } = roomOf("ada", "grace");
    ada.leave();
    expect(rooms.size).to.equal(1);
    grace.membership.unsubscribe();
    expect(rooms.size).to.equal(0);
    const again = enter(rooms, "ada");
    expect(again.log).to.deep.equal(["in ada @1"]);
    expect(again.epoch()).to.not.equal(ada.epoch());
  });
});
