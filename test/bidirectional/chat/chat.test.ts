import { getEventListeners } from "node:events";
import { type Client, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, detailsOf, violationsOf } from "quartet-bridge";
import { concat, NEVER, of } from "rxjs";
import { ChatService, GoodbyeReason, type JoinRequest, LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import { stopClock } from "../../../bridge/test/harness/clock.js";
import { loopback } from "../../../bridge/test/harness/loopback.js";
import { chat } from "../../../src/bidirectional/chat/chat.js";
import { build } from "../../../src/bidirectional/server.js";
import { host } from "../../../src/host/index.js";
import { entering, enters, joins, leaving, leavingOf, leftReason, saying, textOf } from "../member.js";
import { watchedCalls } from "../watched-calls.js";

const character = "\u{1F9C3}";

async function chatServer({ talkative = false } = {}) {
  const watched = watchedCalls();
  const interceptors = [watched.interceptor];
  const hosting = talkative
    ? host((draining) => [chat(draining, { maxMessagesPerSecond: 0 })], { interceptors })
    : build({ interceptors });
  const { client, connect } = await loopback(hosting);
  return { hosting, client, connect, ...watched };
}

/** Sends the frames and half-closes; the error that the call ends with. */
async function refusal(client: Client, frames: JoinRequest[]): Promise<CallError> {
  try {
    for await (const _ of caller(ChatService, client).join(frames));
  } catch (error) {
    if (error instanceof CallError) return error;
    throw error;
  }
  throw new Error("the call ended OK");
}

describe("Chat.Join", () => {
  it("welcomes a member first, with its position, the members and the limits", async () => {
    const { client } = await chatServer();
    const ada = enters(client);
    const { cursor, members, limits } = await ada.welcome();
    expect(members).to.deep.equal(["ada"]);
    expect(cursor?.sequence).to.equal(1);
    expect(cursor?.epoch).to.not.equal("");
    expect(limits).to.deep.equal({ maxTextCharacters: 2_000, maxMessagesPerSecond: 20 });
    ada.halfClose();
    expect((await ada.ended).code).to.equal(status.OK);
  });

  it("drops a member that says more than it may, says why, and lets it resume", async () => {
    const { client } = await chatServer();
    const grace = enters(client, { name: "grace" });
    await grace.welcome();
    const ada = enters(client);
    await ada.welcome();
    // Five seconds' worth may be said at once. What is measured meanwhile lets some more through.
    for (let message = 0; message < 1_000; message += 1) ada.say(`m${message}`);
    const error = await ada.ended;
    expect(error.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(detailsOf(error).errorInfo).to.include({ reason: "TOO_MANY_MESSAGES" });
    expect(leftReason(await grace.event(leavingOf("ada")))).to.equal(LeftReason.DROPPED);
    expect(grace.events.filter(({ what }) => what?.$case === "said").length).to.be.within(100, 999);
    grace.leave();
    grace.halfClose();
    await grace.ended;
  });

  it("gives a message its number, to its author too, and acknowledges it right after", async () => {
    const { client } = await chatServer();
    const ada = enters(client);
    await ada.welcome();
    const grace = enters(client, { name: "grace" });
    await grace.welcome();
    const before = Date.now();
    ada.say("m1", "hello");
    const said = await grace.event(textOf("hello"));
    expect(said.sequence).to.equal(3);
    expect(said.occurredAt?.getTime()).to.be.within(before - 1, Date.now());
    await ada.heard(({ $case }) => $case === "acknowledgement");
    expect(ada.frames.slice(-2).map(({ $case }) => $case)).to.deep.equal(["events", "acknowledgement"]);
    expect(ada.frames.at(-1)).to.deep.equal({
      $case: "acknowledgement",
      acknowledgement: { clientMessageId: "m1", sequence: 3 },
    });
    expect(ada.events.at(-1)).to.deep.equal(said);
    expect(grace.frames.some(({ $case }) => $case === "acknowledgement")).to.equal(false);
  });

  it("tells the past first, without a gap to what comes then", async () => {
    const { client } = await chatServer();
    const ada = enters(client);
    for (const id of ["m1", "m2", "m3"]) ada.say(id);
    await ada.event(textOf("m3"));
    const grace = enters(client, { name: "grace", history: 3 });
    const { cursor } = await grace.welcome();
    expect(cursor?.sequence).to.equal(5);
    ada.say("m4");
    await grace.event(textOf("m4"));
    expect(grace.events.map(({ sequence }) => sequence)).to.deep.equal([3, 4, 5, 6]);
  });

  for (const [how, enter, field] of [
    ["an empty room", { room: "" }, "enter.room"],
    ["a room of 33 characters", { room: "r".repeat(33) }, "enter.room"],
    ["a room with a control character", { room: "tea\nroom" }, "enter.room"],
    ["an empty name", { name: "" }, "enter.name"],
    ["a name of 33 characters beyond the first plane", { name: character.repeat(33) }, "enter.name"],
    ["a name with a control character", { name: "ada\u0085" }, "enter.name"],
    ["an empty session id", { sessionId: "" }, "enter.session_id"],
    ["a session id of 65 characters", { sessionId: "s".repeat(65) }, "enter.session_id"],
  ] as const) {
    it(`refuses ${how} with the field`, async () => {
      const { client } = await chatServer();
      const error = await refusal(client, [entering(enter)]);
      expect(error.code).to.equal(status.INVALID_ARGUMENT);
      expect(violationsOf(error).map((violation) => violation.field)).to.deep.equal([field]);
    });
  }

  for (const [how, first] of [
    ["is say", saying("m1")],
    ["is leave", leaving],
    ["is empty", {}],
  ] as const) {
    it(`refuses a call whose first message ${how}`, async () => {
      const { client } = await chatServer();
      const error = await refusal(client, [first]);
      expect(error.code).to.equal(status.INVALID_ARGUMENT);
      expect(violationsOf(error)).to.deep.include.members([
        { field: "frame", description: "the first message must be `enter`", reason: "", localizedMessage: undefined },
      ]);
    });
  }

  it("refuses a call that half-closes before it has said anything", async () => {
    const { client } = await chatServer();
    const error = await refusal(client, []);
    expect(error.code).to.equal(status.INVALID_ARGUMENT);
    expect(violationsOf(error).map(({ field }) => field)).to.deep.equal(["frame"]);
  });

  for (const [how, request, field] of [
    ["enters again on its call", entering({ name: "ada" }), "frame"],
    ["sends an empty frame", {}, "frame"],
    ["says nothing", saying("m1", ""), "say.text"],
    ["says 2,001 characters", saying("m1", "t".repeat(2_001)), "say.text"],
    ["says 2,001 characters beyond the first plane", saying("m1", character.repeat(2_001)), "say.text"],
    ["gives a message no id", saying("", "text"), "say.client_message_id"],
    ["gives a message an id of 65 characters", saying("i".repeat(65)), "say.client_message_id"],
  ] as const) {
    it(`drops a member that ${how}, and the others see it DROPPED`, async () => {
      const { client } = await chatServer();
      const witness = enters(client, { name: "witness" });
      await witness.welcome();
      const ada = enters(client);
      await ada.welcome();
      ada.send(request);
      const error = await ada.ended;
      expect(error.code).to.equal(status.INVALID_ARGUMENT);
      expect(violationsOf(error).map((violation) => violation.field)).to.deep.equal([field]);
      expect(leftReason(await witness.event(leavingOf("ada")))).to.equal(LeftReason.DROPPED);
    });
  }

  it("takes names and texts of the longest kind, counted in code points", async () => {
    const { client } = await chatServer();
    const longest = character.repeat(32);
    const ada = enters(client, { room: longest, name: longest, sessionId: character.repeat(64) });
    await ada.welcome();
    ada.say(character.repeat(64), character.repeat(2_000));
    await ada.event(textOf(character.repeat(2_000)));
  });

  it("sees a cancelled call as LOST, once, and frees the name", async () => {
    const { client, over } = await chatServer();
    const witness = enters(client, { name: "witness" });
    await witness.welcome();
    const ada = enters(client);
    await ada.welcome();
    ada.cancel();
    expect(leftReason(await witness.event(leavingOf("ada")))).to.equal(LeftReason.LOST);
    expect((await over(1))[0]?.statuses).to.deep.equal([]);
    const again = enters(client, { sessionId: "another" });
    expect((await again.welcome()).members).to.deep.equal(["witness", "ada"]);
    again.say("m1");
    await witness.event(textOf("m1"));
    expect(witness.events.filter(leavingOf("ada"))).to.have.length(1);
  });

  it("sees a member whose deadline has passed as LOST", async () => {
    const { client } = await chatServer();
    const witness = enters(client, { name: "witness" });
    await witness.welcome();
    const clock = stopClock();
    const ada = enters(client, {}, 1_000);
    await ada.welcome();
    clock.pass(1_000);
    expect((await ada.ended).code).to.equal(status.DEADLINE_EXCEEDED);
    expect(leftReason(await witness.event(leavingOf("ada")))).to.equal(LeftReason.LOST);
  });

  it("refuses a name that another session has: ALREADY_EXISTS, and the room hears nothing of it", async () => {
    const { client } = await chatServer();
    const ada = enters(client);
    await ada.welcome();
    const other = enters(client, { sessionId: "another" });
    expect((await other.ended).code).to.equal(status.ALREADY_EXISTS);
    expect(other.frames).to.deep.equal([]);
    ada.say("m1");
    await ada.event(textOf("m1"));
    expect(ada.events).to.have.length(1);
  });

  it("lets the same session enter again: the old call gets a goodbye and ABORTED, the room no event", async () => {
    const { client } = await chatServer();
    const old = enters(client);
    await old.welcome();
    const witness = enters(client, { name: "witness" });
    await witness.welcome();
    const again = enters(client);
    expect((await again.welcome()).members).to.deep.equal(["ada", "witness"]);
    expect((await old.ended).code).to.equal(status.ABORTED);
    expect(old.frames.at(-1)).to.deep.equal({ $case: "goodbye", goodbye: { reason: GoodbyeReason.REPLACED } });
    again.say("m1");
    await witness.event(textOf("m1"));
    expect(witness.events).to.have.length(1);
  });

  it("resumes after the last event that was seen, and acknowledges again what was said before", async () => {
    const { client } = await chatServer();
    const ada = enters(client);
    const epoch = (await ada.welcome()).cursor?.epoch ?? "";
    const grace = enters(client, { name: "grace" });
    await grace.welcome();
    ada.say("m1");
    const { sequence } = await ada.event(textOf("m1"));
    ada.cancel();
    await grace.event(leavingOf("ada"));
    grace.say("g1");
    await grace.event(textOf("g1"));
    const back = enters(client, { resumeAfter: { epoch, sequence } });
    back.say("m1");
    await back.heard(({ $case }) => $case === "acknowledgement");
    expect(back.frames.at(-1)).to.deep.equal({
      $case: "acknowledgement",
      acknowledgement: { clientMessageId: "m1", sequence },
    });
    expect(back.events.map((event) => event.sequence)).to.deep.equal([sequence + 1, sequence + 2, sequence + 3]);
  });

  it("says OUT_OF_RANGE, with what it remembers, to a position that it does not", async () => {
    const { client } = await chatServer();
    const cursor = { epoch: "of yesterday", sequence: 7 };
    const nobody = await refusal(client, [entering({ resumeAfter: cursor })]);
    expect(nobody.code).to.equal(status.OUT_OF_RANGE);
    expect(detailsOf(nobody).errorInfo).to.deep.equal({ reason: "EPOCH_ENDED", domain: "quartet", metadata: {} });

    const ada = enters(client);
    const epoch = (await ada.welcome()).cursor?.epoch ?? "";
    const remembered = { epoch, oldest: "1", newest: "1" };
    const ended = await refusal(client, [entering({ name: "grace", resumeAfter: cursor })]);
    expect(detailsOf(ended).errorInfo).to.deep.include({ reason: "EPOCH_ENDED", metadata: remembered });
    // The last two are beyond the numbers that a double holds exactly: 2^53, and the largest double below 2^64.
    for (const sequence of [2, 2 ** 53, 2 ** 64 - 2 ** 11]) {
      const future = await refusal(client, [entering({ name: "grace", resumeAfter: { epoch, sequence } })]);
      expect(future.code).to.equal(status.OUT_OF_RANGE);
      expect(detailsOf(future).errorInfo).to.deep.include({ reason: "POSITION_FORGOTTEN", metadata: remembered });
    }
  });

  it("drops a member that does not read, with RESOURCE_EXHAUSTED, and the others see it and go on", async () => {
    const { client, connect } = await chatServer({ talkative: true });
    const slow = caller(ChatService, connect())
      .join(concat(of(entering({ name: "slow", history: 0 })), NEVER))
      [Symbol.asyncIterator]();
    await slow.next();
    const ada = enters(client);
    await ada.welcome();
    const dropped = ada.event(leavingOf("slow"));
    let gone = false;
    void dropped.then(() => {
      gone = true;
    });
    let said = 0;
    // One at a time: what fills the outbox of the slow member must not fill the others'.
    for (; !gone; said += 1) {
      ada.say(`m${said}`, `${said} ${"t".repeat(1_900)}`);
      await ada.heard(
        (frame) => frame.$case === "acknowledgement" && frame.acknowledgement.clientMessageId === `m${said}`,
      );
    }
    expect(leftReason(await dropped)).to.equal(LeftReason.DROPPED);
    expect(said, "what was on its way, and the outbox").to.be.within(1_024, 1_300);

    // What had gone out before is there to be read, whole and in order; then the status comes.
    let error: unknown;
    const sequences: number[] = [];
    try {
      for (;;) {
        const { value } = await slow.next();
        if (value?.frame?.$case === "events") sequences.push(value.frame.events.events[0]?.sequence ?? 0);
      }
    } catch (reason) {
      error = reason;
    }
    expect((error as CallError).code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(sequences).to.deep.equal(sequences.map((_, index) => index + 2));
  });

  it("gives 6 members who talk at the same time one order", async () => {
    const { connect } = await chatServer();
    const names = ["a", "b", "c", "d", "e", "f"];
    const members = names.map((name) => enters(connect(), { name }));
    await Promise.all(members.map((member) => member.welcome()));
    await Promise.all(
      members.map(async (member, index) => {
        for (let n = 0; n < 50; n += 1) {
          member.say(`m${n}`, `${names[index]}${n}`);
          await member.heard(
            (frame) => frame.$case === "acknowledgement" && frame.acknowledgement.clientMessageId === `m${n}`,
          );
        }
      }),
    );
    const last = names.length + names.length * 50;
    await Promise.all(members.map((member) => member.event(({ sequence }) => sequence === last)));
    const said = ({ events }: { events: readonly RoomEvent[] }) => events.slice(-300);
    for (const member of members) expect(said(member)).to.deep.equal(said(members[0] ?? member));
    // Each one's own messages are in the order in which it said them.
    for (const name of names) {
      const own = (members[0]?.events ?? []).flatMap(({ what }) =>
        what?.$case === "said" && what.said.name === name ? [what.said.text] : [],
      );
      expect(own).to.deep.equal(Array.from({ length: 50 }, (_, n) => `${name}${n}`));
    }
  });

  it("says goodbye when the server drains, UNAVAILABLE, and nobody hears of the others' leaving", async () => {
    const { hosting, client } = await chatServer();
    const members = ["ada", "grace", "linus"].map((name) => enters(client, { name }));
    await Promise.all(members.map((member) => member.welcome()));
    const left = await hosting.drain(5_000);
    expect(left).to.equal(0);
    for (const member of members) {
      expect((await member.ended).code).to.equal(status.UNAVAILABLE);
      expect(member.frames.at(-1)).to.deep.equal({ $case: "goodbye", goodbye: { reason: GoodbyeReason.STOPPING } });
      expect(member.events.filter(({ what }) => what?.$case === "left")).to.deep.equal([]);
    }
  });

  it("ends a call that has not entered when the server drains, without a goodbye", async () => {
    const { hosting, client } = await chatServer();
    const visitor = joins(client, undefined);
    // A second call that is in: with it, the first one has reached the server too, on the same connection.
    const ada = enters(client);
    await ada.welcome();
    await hosting.drain(5_000);
    expect((await visitor.ended).code).to.equal(status.UNAVAILABLE);
    expect(visitor.frames).to.deep.equal([]);
    expect((await ada.ended).code).to.equal(status.UNAVAILABLE);
  });

  it("listens to the draining once for all members, and not at all when there are none", async () => {
    const { hosting, client, over } = await chatServer();
    const members = Array.from({ length: 12 }, (_, n) => enters(client, { name: `member ${n}` }));
    await Promise.all(members.map((member) => member.welcome()));
    expect(getEventListeners(hosting.draining, "abort")).to.have.length(1);
    for (const member of members) member.cancel();
    await over(12);
    expect(getEventListeners(hosting.draining, "abort")).to.have.length(0);
  });
});
