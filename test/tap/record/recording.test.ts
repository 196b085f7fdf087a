import { expect } from "chai";
import { Recording } from "../../../src/tap/index.js";

describe("a recording", () => {
  const start = { callId: "call-1", side: "client", path: "/p.S/M" } as const;

  it("keeps the first and the last messages of each direction, in order, with their positions", () => {
    const recording = new Recording({ keep: 2 });
    const log = recording.open(start);
    log?.record("call");
    for (let index = 0; index < 7; index += 1) {
      log?.record("request", { label: `q${index}` });
      log?.record("response", { label: `a${index}` });
    }
    log?.record("status", { code: 0 });
    const kept = recording.events.map(({ kind, label }) => label ?? kind);
    expect(kept.join(" ")).to.equal("call q0 a0 q1 a1 q5 a5 q6 a6 status");
    const requests = recording.events.filter(({ kind }) => kind === "request");
    expect(requests.map(({ index }) => index)).to.deep.equal([0, 1, 5, 6]);
  });

  it("stays as small after 200,000 messages as after 2,000", () => {
    const recording = new Recording({ keep: 100 });
    const log = recording.open(start);
    const record = (count: number) => {
      for (let index = 0; index < count; index += 1) log?.record("response", { label: "x" });
    };
    record(2_000);
    expect(recording.events).to.have.length(200);
    record(198_000);
    expect(recording.events).to.have.length(200);
    expect(recording.events.at(-1)?.index).to.equal(199_999);
  });

  it("counts the calls that it has no room for", () => {
    const recording = new Recording({ calls: 1 });
    expect(recording.open(start)).to.not.equal(undefined);
    expect(recording.open({ ...start, callId: "call-2" })).to.equal(undefined);
    expect(recording.skipped).to.equal(1);
  });

  it("takes notes only for the calls that it knows", () => {
    const recording = new Recording();
    recording.open(start);
    recording.note("client", "call-1", "here");
    recording.note("server", "call-1", "not here");
    recording.note("client", "call-2", "not here");
    expect(recording.events.map(({ side, kind, label }) => [side, kind, label])).to.deep.equal([
      ["client", "note", "here"],
    ]);
  });

  it("makes a note printable", () => {
    const recording = new Recording();
    recording.open(start);
    recording.note("client", "call-1", "a\u001b[31mb\n");
    expect(recording.events[0]?.label).to.equal("a\\u{1b}[31mb\\n");
  });

  it("refuses bounds that are not positive whole numbers", () => {
    for (const bound of [0, -1, 1.5, Number.NaN]) {
      expect(() => new Recording({ keep: bound })).to.throw(RangeError, "keep");
      expect(() => new Recording({ calls: bound })).to.throw(RangeError, "calls");
    }
  });
});
