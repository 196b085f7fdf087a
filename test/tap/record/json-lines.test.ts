import { expect } from "chai";
import { parseJsonLines, toJsonLines } from "../../../src/tap/index.js";
import { eventsOf } from "../scripted-call.js";

describe("a recording as JSON lines", () => {
  const events = eventsOf("c call\nc request value=16\ns status 3 no\ns note reading 1");

  it("comes back unchanged, with times that are too large for a double", () => {
    const far = events.map((event) => ({
      ...event,
      atNs: event.atNs + 2n ** 60n,
      metadata: { key: "value" },
      unsent: true,
    }));
    expect(parseJsonLines(toJsonLines(far))).to.deep.equal(far);
    expect(toJsonLines(far).trimEnd().split("\n")).to.have.length(far.length);
  });

  it("may hold blank lines and fields of a later version", () => {
    const [line = ""] = toJsonLines(events).split("\n");
    expect(parseJsonLines(`\n${line.replace("{", '{"later":1,')}\r\n\n`)).to.deep.equal(events.slice(0, 1));
  });

  const lines = toJsonLines(events).trimEnd().split("\n");
  const [, request = "", status = ""] = lines;
  const bad: [string, string, RegExp][] = [
    ["cut off", request.slice(0, 20), /^recording, line 2: /],
    ["that is not an object", "[]", /line 2: is not an object/],
    ["of no side", request.replace('"client"', '"proxy"'), /line 2: side must be one of client, server/],
    ["of no kind", request.replace('"request"', '"question"'), /line 2: kind must be one of call, /],
    ["without a time", request.replace('"atNs"', '"at"'), /line 2: atNs must be nanoseconds as a decimal string/],
    ["with a negative index", request.replace('"index":0', '"index":-1'), /line 2: index must be a whole number/],
    ["that is a message without an index", request.replace('"index":0,', ""), /line 2: a request needs an index/],
    ["that is a status without a code", status.replace('"code":3,', ""), /line 2: a status needs a code/],
  ];
  for (const [what, line, message] of bad) {
    it(`names a line ${what}`, () => {
      expect(() => parseJsonLines(`${lines[0]}\n${line}\n`)).to.throw(SyntaxError, message);
    });
  }
});
