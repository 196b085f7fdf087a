import { getEventListeners } from "node:events";
import { type Client, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller, detailsOf, violationsOf } from "quartet-bridge";
import { ChatService, GoodbyeReason, type JoinRequest, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { loopback } from "../../../bridge/test/harness/loopback.js";
import { build } from "../../../src/bidirectional/server.js";
import { failure } from "../../../src/host/index.js";
import { watchedCalls } from "../../watched-calls.js";
import { entering, enters, joins, leaving, leavingOf, leftReason, saying, textOf } from "../member.js";

/** One character of two UTF-16 units: limits count it once. */
const character = "\u{1F9C3}";

async function chatServer() {
  const watched = watchedCalls();
  const { server, client } = await loopback(build({ interceptors: [watched.interceptor] }));
  return { hosting: server, client, ...watched };
}

/** Sends the frames and half-closes. Expects INVALID_ARGUMENT, and gives the fields that the server names. */
async function refusedFields(client: Client, frames: JoinRequest[]): Promise<string[]> {
  const error = await failure(status.INVALID_ARGUMENT, caller(ChatService, client).join(frames));
  return violationsOf(error).map(({ field }) => field);
}

describe("Chat.Join", () => {
  it("welcomes a member with its position, the members and the limits; a half-close ends the call OK", async () => {
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

  it("drops a member that says more than it may, says why, and tells the others", async () => {
    const { client } = await chatServer();
    const grace = enters(client, { name: "grace" });
    await grace.welcome();
    const ada = enters(client);
    await ada.welcome();
    // A member may say as much at once as in five seconds. Time that passes here lets some more through.
    for (let message = 0; message < 1_000; message += 1) ada.say(`m${message}`);
    const error = await ada.ended;
    expect(error.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(detailsOf(error).errorInfo).to.include({ reason: "TOO_MANY_MESSAGES" });
    expect(leftReason(await grace.event(leavingOf("ada")))).to.equal(LeftReason.DROPPED);
    expect(grace.events.filter(({ what }) => what?.$case === "said").length).to.be.within(100, 999);
  });

  it("gives a message its number and its time, and acknowledges it to its author alone", async () => {
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
    expect(ada.events.at(-1)).to.deep.equal(said);
    const acknowledgement = { clientMessageId: "m1", sequence: 3 };
    expect(ada.frames.at(-1)).to.deep.equal({ $case: "acknowledgement", acknowledgement });
    expect(grace.frames.some(({ $case }) => $case === "acknowledgement")).to.equal(false);
  });

  it("refuses names and ids that break a rule, and names the field", async () => {
    const { client } = await chatServer();
    for (const [enter, field] of [
      [{ room: "" }, "enter.room"],
      [{ room: "r".repeat(33) }, "enter.room"],
      [{ room: "tea\nroom" }, "enter.room"],
      [{ name: "" }, "enter.name"],
      [{ name: character.repeat(33) }, "enter.name"],
      [{ name: "ada\u0085" }, "enter.name"],
      [{ sessionId: "" }, "enter.session_id"],
      [{ sessionId: "s".repeat(65) }, "enter.session_id"],
    ] as const)
      expect(await refusedFields(client, [entering(enter)]), JSON.stringify(enter)).to.deep.equal([field]);
  });

  it("refuses a call that does not begin with `enter`, or that half-closes at once", async () => {
    const { client } = await chatServer();
    for (const frames of [[saying("m1")], [leaving], [{}], []])
      expect(await refusedFields(client, frames), JSON.stringify(frames)).to.deep.equal(["frame"]);
  });

  it("drops a member whose message breaks a rule, names the field, and tells the others", async () => {
    const { client } = await chatServer();
    const witness = enters(client, { name: "witness" });
    await witness.welcome();
    for (const [index, [request, field]] of (
      [
        [entering({ name: "ada" }), "frame"],
        [{}, "frame"],
        [saying("m1", ""), "say.text"],
        [saying("m1", "t".repeat(2_001)), "say.text"],
        [saying("m1", character.repeat(2_001)), "say.text"],
        [saying("", "text"), "say.client_message_id"],
        [saying("i".repeat(65)), "say.client_message_id"],
      ] as const
    ).entries()) {
      const name = `member ${index}`;
      const member = enters(client, { name });
      await member.welcome();
      member.send(request);
      const error: CallError = await member.ended;
      expect(error.code, name).to.equal(status.INVALID_ARGUMENT);
      expect(violationsOf(error).map((violation) => violation.field)).to.deep.equal([field]);
      expect(leftReason(await witness.event(leavingOf(name)))).to.equal(LeftReason.DROPPED);
    }
  });

  it("takes names and texts of the longest kind, counted in code points", async () => {
    const { client } = await chatServer();
    const longest = character.repeat(32);
    const ada = enters(client, { room: longest, name: longest, sessionId: character.repeat(64) });
    await ada.welcome();
    ada.say(character.repeat(64), character.repeat(2_000));
    await ada.event(textOf(character.repeat(2_000)));
  });

  it("sees a cancelled call as LOST, once, sends no status, and frees the name", async () => {
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

  it("says goodbye and UNAVAILABLE when the server drains, and tells no member that the others leave", async () => {
    const { hosting, client } = await chatServer();
    const visitor = joins(client, undefined);
    const members = ["ada", "grace", "linus"].map((name) => enters(client, { name }));
    await Promise.all(members.map((member) => member.welcome()));
    expect(await hosting.drain(5_000)).to.equal(0);
    for (const member of members) {
      expect((await member.ended).code).to.equal(status.UNAVAILABLE);
      expect(member.frames.at(-1)).to.deep.equal({ $case: "goodbye", goodbye: { reason: GoodbyeReason.STOPPING } });
      expect(member.events.filter(({ what }) => what?.$case === "left")).to.deep.equal([]);
    }
    // This call had not entered. It had reached the server, because the members' calls came later on its connection.
    expect((await visitor.ended).code).to.equal(status.UNAVAILABLE);
    expect(visitor.frames).to.deep.equal([]);
  });

  it("has one listener on the draining signal for all members, and none when there are none", async () => {
    const { hosting, client, over } = await chatServer();
    const members = Array.from({ length: 12 }, (_, n) => enters(client, { name: `member ${n}` }));
    await Promise.all(members.map((member) => member.welcome()));
    expect(getEventListeners(hosting.draining, "abort")).to.have.length(1);
    for (const member of members) member.cancel();
    await over(12);
    expect(getEventListeners(hosting.draining, "abort")).to.have.length(0);
  });
});
