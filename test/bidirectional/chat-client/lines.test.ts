import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import { pipeLine, printable, terminalLine } from "../../../src/bidirectional/chat-client/lines.js";

const event = (what: RoomEvent["what"]): RoomEvent => ({ sequence: 1, what, occurredAt: new Date(2026, 0, 1, 9, 5) });
const said = (text: string) => event({ $case: "said", said: { name: "ada", text } });
const joined = (name: string) => event({ $case: "joined", joined: { name } });
const left = (name: string, reason: LeftReason) => event({ $case: "left", left: { name, reason } });

describe("an event of a room", () => {
  it("cannot control a terminal: escape sequences, new lines, and signs that change the direction of text", () => {
    expect(printable("a\u001b[2Jb\u0007c\u202ed\ne\tf\u2028g")).to.equal("a\ufffd[2Jb\ufffdc\ufffdd e f\ufffdg");
    expect(printable("half \ud83e of a sign")).to.equal("half \ufffd of a sign");
    expect(printable("Grüße, 日本 🧃")).to.equal("Grüße, 日本 🧃");
  });

  it("is a line, with its time on a terminal, and without it in a pipe", () => {
    expect(stripVTControlCharacters(terminalLine(said("hello\u001b[31m")) ?? "")).to.equal(
      "09:05 ada  hello\ufffd[31m",
    );
    expect(pipeLine(said("hello"))).to.equal("ada: hello");
  });

  it("is a line too if a member enters or leaves", () => {
    expect(pipeLine(joined("ada"))).to.equal("* ada enters");
    expect(pipeLine(left("ada", LeftReason.QUIT))).to.equal("* ada leaves");
    expect(pipeLine(left("ada", LeftReason.LOST))).to.equal("* ada has lost the connection");
    expect(pipeLine(left("ada", LeftReason.DROPPED))).to.equal("* ada is dropped by the server");
    expect(stripVTControlCharacters(terminalLine(left("ada", LeftReason.LOST)) ?? "")).to.equal(
      "09:05 ada has lost the connection",
    );
  });

  it("is not shown if this client does not know its kind", () => {
    expect(terminalLine(event(undefined))).to.equal(undefined);
    expect(pipeLine(event(undefined))).to.equal(undefined);
  });
});
