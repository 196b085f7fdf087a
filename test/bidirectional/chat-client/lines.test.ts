import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import { harmless, pipeLine, terminalLine } from "../../../src/bidirectional/chat-client/lines.js";
import { Members } from "../../../src/bidirectional/chat-client/members.js";

const event = (what: RoomEvent["what"], sequence = 1): RoomEvent => ({
  sequence,
  what,
  occurredAt: new Date(2026, 0, 1, 9, 5),
});
const said = (text: string) => event({ $case: "said", said: { name: "ada", text } });
const joined = (name: string, sequence?: number) => event({ $case: "joined", joined: { name } }, sequence);
const left = (name: string, reason: LeftReason, sequence?: number) =>
  event({ $case: "left", left: { name, reason } }, sequence);

describe("what somebody else has said", () => {
  it("cannot write to a terminal: escape sequences, new lines, and signs that turn the writing round", () => {
    expect(harmless("a\u001b[2Jb\u0007c\u202ed\ne\tf\u2028g")).to.equal("a\ufffd[2Jb\ufffdc\ufffdd e f\ufffdg");
    expect(harmless("half \ud83e of a sign")).to.equal("half \ufffd of a sign");
    expect(harmless("Grüße, 日本 🧃")).to.equal("Grüße, 日本 🧃");
  });

  it("is a line with its time at a terminal, and without in a pipe", () => {
    expect(stripVTControlCharacters(terminalLine(said("hello\u001b[31m")) ?? "")).to.equal(
      "09:05 ada  hello\ufffd[31m",
    );
    expect(pipeLine(said("hello"))).to.equal("ada: hello");
  });

  it("is a line too where somebody comes or goes", () => {
    expect(pipeLine(joined("ada"))).to.equal("* ada comes in");
    expect(pipeLine(left("ada", LeftReason.QUIT))).to.equal("* ada leaves");
    expect(pipeLine(left("ada", LeftReason.LOST))).to.equal("* ada is lost");
    expect(pipeLine(left("ada", LeftReason.DROPPED))).to.equal("* ada was too slow, and is dropped");
    expect(stripVTControlCharacters(terminalLine(left("ada", LeftReason.LOST)) ?? "")).to.equal("09:05 ada is lost");
  });

  it("is nothing where an event is newer than this client", () => {
    expect(terminalLine(event(undefined))).to.equal(undefined);
    expect(pipeLine(event(undefined))).to.equal(undefined);
  });
});

describe("the members of a room", () => {
  it("are those of the welcome, and who came and went after it; the past behind it changes nothing", () => {
    const members = new Members();
    const welcome = { cursor: { epoch: "e", sequence: 5 }, members: ["ada", "grace"], limits: undefined };
    members.heard({ frame: { $case: "welcome", welcome } });
    const events = [
      left("ada", LeftReason.QUIT, 4),
      joined("ada", 5),
      joined("linus", 6),
      left("grace", LeftReason.LOST, 7),
    ];
    members.heard({ frame: { $case: "events", events: { events } } });
    expect(members.names).to.deep.equal(["ada", "linus"]);
  });
});
