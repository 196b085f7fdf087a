import { expect } from "chai";
import { columns, cut, describeMessage, printable } from "../../../src/tap/index.js";
import { labelOf, labelWidth } from "../../../src/tap/record/label.js";

describe("the label of a message", () => {
  const label = (message: unknown) =>
    labelOf((_path, _direction, value) => describeMessage(value), "/p.S/M", "request", message);

  const cases: [string, unknown, string][] = [
    ["numbers and flags", { value: 16, received: true }, "value=16 received=true"],
    ["text", { message: "Hello, you!" }, 'message="Hello, you!"'],
    ["bytes by their size", { data: new Uint8Array(65_536), last: false }, "data=<65,536 bytes> last=false"],
    ["a message in a message", { at: { room: "a", seq: 3 } }, 'at={room="a", seq=3}'],
    ["a long list by its beginning", { values: [1, 2, 3, 4, 5] }, "values=[1, 2, 3, … 2 more]"],
    [
      "six digits of a number within",
      { root: Math.SQRT2, of: [{ x: Math.SQRT2 }] },
      "root=1.4142135623730951 of=[{x=1.41421}]",
    ],
    ["no moments", { n: 1, at: new Date(0) }, "n=1"],
    ["of a oneof what is set", { frame: { $case: "say", say: { id: "a", text: "hi" } } }, 'say: id="a" text="hi"'],
    ["of a oneof that says all by being set", { frame: { $case: "leave", leave: {} } }, "leave"],
    ["of a oneof that is a plain value", { step: { $case: "count", count: 3 } }, "count=3"],
    [
      "a oneof in a list",
      { events: [{ n: 1, what: { $case: "left", left: { name: "a" } } }] },
      'events=[{n=1, left={name="a"}}]',
    ],
    [
      "a batch in a oneof without its wrapping",
      { frame: { $case: "events", events: { events: [{ n: 1 }] } } },
      "events: [{n=1}]",
    ],
    ["a rolled id by its beginning", { id: "9f6bb8d4-aa5b-4a8a-9c0e-0d1c1e4f7a11" }, 'id="9f6bb8d4…"'],
    ["nothing for absent fields", { a: undefined, b: 0n }, "b=0"],
    ["nothing for an empty message", {}, ""],
    ["already serialized bytes", Buffer.alloc(12), "<12 bytes>"],
    ["control characters escaped", { message: "a\u001b[2J\r\n\u202e" }, 'message="a\\u001b[2J\\r\\n\\u{202e}"'],
  ];
  for (const [what, message, expected] of cases) {
    it(`shows ${what}`, () => expect(label(message)).to.equal(expected));
  }

  it("ends on a message that contains itself", () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(label(loop)).to.equal("self={self={self={self={self={self=…}}}}}");
  });

  it("is cut to its width in columns, between visible characters, and well-formed", () => {
    const family = "👩‍👩‍👧";
    for (const text of [
      "世界".repeat(100),
      family.repeat(100),
      "\ud83d".repeat(300),
      "e\u0301".repeat(200),
      "\u0007".repeat(200),
    ]) {
      const shown = label({ message: text });
      expect(columns(shown)).to.be.at.most(labelWidth);
      expect(shown.isWellFormed()).to.equal(true);
      expect(shown.endsWith("…")).to.equal(true);
    }
    expect(cut(family.repeat(3), 5)).to.equal(`${family.repeat(2)}…`);
  });

  it("of a megabyte is as short as any other", () => {
    expect(columns(label({ message: "x".repeat(1_000_000) }))).to.equal(labelWidth);
  });
});

describe("printable text", () => {
  it("has no character that moves a cursor, and no lone surrogate", () => {
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join("");
    const shown = printable(`${all}\ud800`);
    expect(shown).to.match(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u);
    expect(shown.isWellFormed()).to.equal(true);
  });

  it("is cut to nothing if not even the ellipsis fits", () => {
    expect(cut("abc", 0)).to.equal("");
    expect(cut("abc", 1)).to.equal("…");
    expect(cut("abc", 3)).to.equal("abc");
  });
});
