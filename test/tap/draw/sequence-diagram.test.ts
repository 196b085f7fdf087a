import { expect } from "chai";
import {
  columns,
  type DiagramOptions,
  drawSequence,
  type MergedCall,
  mergeCalls,
  Recording,
} from "../../../src/tap/index.js";
import { bothWays, eventsOf, onlyCall, type ScriptOptions, scriptedCall, unsentCall } from "../scripted-call.js";

/** Expects a diagram. A test writes it with a line break before it, and with its own indentation. */
const expectDrawn = (call: MergedCall, options?: DiagramOptions) => (text: string) =>
  expect(drawSequence(call, options)).to.equal(text.replace(/^\n/, "").trimEnd().replaceAll(/^ {6}/gm, ""));

const repeat = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

const serverStream: ScriptOptions = { path: "/pkg.Vitals/Replay", responseStream: true };
const replay = (count: number) =>
  scriptedCall(
    `c call\nc request count=${count}\nc half-close\ns call\ns request\ns half-close\ns headers\nc headers\n${repeat(
      count,
      (index) => `s response value=${index}\nc response`,
    )}\ns status 0\nc status 0`,
    serverStream,
  );

const pingPong = (rounds: number) =>
  scriptedCall(
    `c call\ns call\n${repeat(rounds, (index) => `c request ping ${index}\ns request\ns response pong ${index}\nc response`)}
    c half-close\ns half-close\ns status 0\nc status 0`,
    { path: "/pkg.Dialogue/PingPong", ...bothWays },
  );

describe("the sequence diagram", () => {
  it("shows a unary call as three arrows", () => {
    const call = scriptedCall(
      `c call\nc request value=16\nc half-close\ns call\ns request\ns half-close\ns headers\ns response value=4\ns status 0
      c headers\nc response\nc status 0`,
      { path: "/Calculator/SquareRoot" },
    );
    expectDrawn(call)(`
      Calculator/SquareRoot · unary
      client                        server
        │── SquareRoot  value=16 ─────▶│
        │◀────────────────── value=4 ──│
        │◀─────────────────────── OK ──│`);
    expectDrawn(call, { ascii: true, times: true })(`
      Calculator/SquareRoot - unary
                client                        server
         0.0 ms   |-- SquareRoot  value=16 ----->|
         7.0 ms   |<------------------ value=4 --|
         8.0 ms   |<----------------------- OK --|`);
  });

  it("shows at an arrow what has arrived: a float has fewer digits than the sender's double", () => {
    const call = scriptedCall(
      `c call\nc request value=2\nc half-close\ns call\ns request value=2\ns half-close
      s headers\ns response value=1.4142135623730951\ns status 0
      c headers\nc response value=1.4142135381698608\nc status 0`,
      { path: "/Calculator/SquareRoot" },
    );
    expect(drawSequence(call)).to.include("value=1.4142135381698608").and.not.include("1.4142135623730951");
  });

  it("shows the beginning and the end of a stream, and says how many messages lie between", () => {
    expectDrawn(replay(5_000))(`
      pkg.Vitals/Replay · server streaming
      client                        server
        │── Replay  count=5000 ───────▶│
        │◀─────────────── 1: value=0 ──│
        │◀─────────────── 2: value=1 ──│
        │◀─────────────── 3: value=2 ──│
        ⋮         … 4,995 more         ⋮
        │◀──────── 4,999: value=4998 ──│
        │◀──────── 5,000: value=4999 ──│
        │◀─────────────────────── OK ──│`);
  });

  it("folds whole rounds of a ping-pong", () => {
    expectDrawn(pingPong(500), { maxLines: 14 })(`
      pkg.Dialogue/PingPong · bidirectional streaming
      client                        server
        │── PingPong ─────────────────▶│
        │── 1: ping 0 ────────────────▶│
        │◀──────────────── 1: pong 0 ──│
        │── 2: ping 1 ────────────────▶│
        │◀──────────────── 2: pong 1 ──│
        ⋮      … 497 more rounds       ⋮
        │── 500: ping 499 ────────────▶│
        │◀──────────── 500: pong 499 ──│
        │── half-close ───────────────▶│
        │◀─────────────────────── OK ──│`);
  });

  it("shows that messages leave late, when all of them are ready", () => {
    const call = scriptedCall(
      `c call\ns call\ns note reading 1\ns note reading 2\ns response\ns response\nc response\nc response\ns status 0\nc status 0`,
      serverStream,
    );
    expectDrawn(call)(`
      pkg.Vitals/Replay · server streaming
      client                        server
        │── Replay ───────────────────▶│
        │                              │ reading 1
        │                              │ reading 2
        │◀──────────────────────── 1 ──│
        │◀──────────────────────── 2 ──│
        │◀─────────────────────── OK ──│`);
  });

  it("shows that the reader sets the pace: batches leave as batches are read", () => {
    const call = scriptedCall(
      `@1 c call\n@2 s call\n@3 s response\n@4 c response\n${repeat(40, () => "@5 s response")}\n${repeat(20, () => "@400 c response")}
      ${repeat(20, () => "@401 s response")}\n${repeat(20, () => "@800 c response")}\n${repeat(20, () => "@1200 c response")}
      @802 s status 0\n@1201 c status 0`,
      serverStream,
    );
    expectDrawn(call)(`
      pkg.Vitals/Replay · server streaming
      client                        server
        │── Replay ───────────────────▶│
        │◀──────────────────────── 1 ──│
        │                 ╌╌╌ 2 … 41 ──┤
        │◀─ 2 … 21 ╌╌╌                 │
        │                ╌╌╌ 42 … 61 ──┤
        │◀─ 22 … 41 ╌╌╌                │
        │                     ╌╌╌ OK ──┤
        │◀─ 42 … 61 ╌╌╌                │
        │◀─ OK ╌╌╌                     │`);
  });

  it("draws what leaves after a held message as held too, so that time never runs upwards", () => {
    const call = scriptedCall(
      `@1 c call\n@2 s call\n@10 s response\n@20 s response\n@200 s response\n@300 c response\n@301 c response\n@302 c response
      @400 s status 0\n@401 c status 0`,
      serverStream,
    );
    expectDrawn(call, { times: true })(`
      pkg.Vitals/Replay · server streaming
                client                        server
         0.0 ms   │── Replay ───────────────────▶│
         9.0 ms   │                  ╌╌╌ 1 … 3 ──┤
       299.0 ms   │◀─ 1 … 3 ╌╌╌                  │
       399.0 ms   │◀─────────────────────── OK ──│`);
  });

  it("draws messages that cross as leaving and arriving", () => {
    const call = scriptedCall(
      `c call\ns call\nc request a\ns response b\ns request a\nc response b\nc half-close\ns half-close\ns status 0\nc status 0`,
      bothWays,
    );
    expectDrawn(call)(`
      pkg.Service/Method · bidirectional streaming
      client                        server
        │── Method ───────────────────▶│
        ├── 1: a ╌╌╌                   │
        │◀───────────────────── 1: b ──│
        │                   ╌╌╌ 1: a ─▶│
        │── half-close ───────────────▶│
        │◀─────────────────────── OK ──│`);
  });

  it("shows a cancel, the message that never arrived, and the client's own status", () => {
    const call = scriptedCall(
      `c call\ns call\ns response a\nc response\ns response b\nc cancel\nc status 1 Cancelled on client\ns ended`,
      serverStream,
    );
    expectDrawn(call)(`
      pkg.Vitals/Replay · server streaming
      client                          server
        │── Replay ─────────────────────▶│
        │◀─────────────────────── 1: a ──│
        │                     ✕── 2: b ──┤
        │── ✕ cancel ───────────────────▶│
        │ CANCELLED: Cancelled on client │`);
  });

  it("shows a deadline at the client, and that the server's call ended without a status", () => {
    const call = scriptedCall("c call\ns call\nc status 4 Deadline exceeded\ns ended", { path: "/p.S/Slow" });
    expectDrawn(call)(`
      p.S/Slow · unary
      client                                server
        │── Slow ─────────────────────────────▶│
        │ DEADLINE_EXCEEDED: Deadline exceeded │
        │                                      │ ✕ ended, no status`);
  });

  it("says which side has no recording", () => {
    expectDrawn(scriptedCall("c call\nc status 12 unknown method"))(`
      pkg.Service/Method · unary
      client                 server (not recorded)
        │── Method ───────────────────────────▶┊
        │◀──── UNIMPLEMENTED: unknown method ──┊`);
  });

  it("draws that nothing left the client, if the recording says so", () => {
    const unsent = unsentCall("c call\nc request count=3\nc half-close\nc status 4 too late", serverStream);
    expectDrawn(unsent)(`
      pkg.Vitals/Replay · server streaming
      client                        server
        ├─✕ Replay  count=3            │
        │ DEADLINE_EXCEEDED: too late  │`);
    expect(drawSequence(unsent, { ascii: true })).to.contain("+-x Replay  count=3  ");
    const streaming = "c call\nc request 1\nc request 2\nc cancel\nc status 1 gone";
    expectDrawn(unsentCall(streaming, bothWays))(`
      pkg.Service/Method · bidirectional streaming
      client                        server
        ├─✕ Method                     │
        ├─✕ 1: 1                       │
        ├─✕ 2: 2                       │
        │ ✕ cancel                     │
        │ CANCELLED: gone              │`);
  });

  /** A stream with metadata on the call, in the headers and in the trailers. */
  const withMetadata = () => {
    const metadata: Readonly<Record<string, Record<string, string>>> = {
      call: { desk: "7" },
      headers: { station: "hill", epoch: "16f243ca" },
      status: { "readings-sent": "1" },
    };
    const script =
      "c call\nc request 1\nc half-close\ns call\ns request\ns half-close\ns headers\nc headers\ns note first";
    const events = eventsOf(`${script}\ns response a\nc response\ns status 0\nc status 0`, serverStream);
    const given = events.map((event) => ({
      ...event,
      ...(metadata[event.kind] && { metadata: metadata[event.kind] }),
    }));
    return onlyCall(mergeCalls(given as typeof events));
  };

  it("puts metadata on lines of its own if one is too narrow", () => {
    expectDrawn(withMetadata(), { width: 34 })(`
      pkg.Vitals/Replay · server stream…
      client                  server
        │── Replay  1 ──────────▶│
        │ {desk: 7}              │
        │◀──────────── headers ──│
        │        {station: hill, │
        │       epoch: 16f243ca} │
        │                        │ first
        │◀─────────────── 1: a ──│
        │◀───────────────── OK ──│
        │     {readings-sent: 1} │`);
    const timed = drawSequence(withMetadata(), { width: 44, ascii: true, times: true }).split("\n");
    expect(timed[3]).to.equal(`${" ".repeat(12)}| {desk: 7}              |`);
  });

  it("leaves metadata in its line if there is room, or if no lines are left", () => {
    expect(drawSequence(withMetadata())).to.contain("─ headers {station: hill, epoch: 16f243ca} ──│");
    const short = drawSequence(withMetadata(), { width: 34, maxLines: 8 }).split("\n");
    expect(short).to.have.length.at.most(8);
    expect(short.join("\n")).to.contain("headers {stat");
  });

  it("gives headers a line only if they are early or have metadata", () => {
    const early = scriptedCall(
      "c call\ns call\ns headers\nc headers\ns note first\ns response a\nc response\ns status 0\nc status 0",
    );
    expect(drawSequence(early)).to.match(/◀─+ headers ──│\n.*│ first\n/);
    const dull = scriptedCall("c call\ns call\ns headers\nc headers\ns response a\nc response\ns status 0\nc status 0");
    expect(drawSequence(dull)).to.not.contain("headers");
    const events = eventsOf("c call\ns call\ns headers\nc headers\ns response a\nc response\ns status 0\nc status 0");
    const custom = events.map((event) => (event.kind === "headers" ? { ...event, metadata: { epoch: "7" } } : event));
    expect(drawSequence(onlyCall(mergeCalls(custom)))).to.contain("headers {epoch: 7} ──│");
  });

  it("counts the messages that a bounded recording did not keep", () => {
    const sides = (["client", "server"] as const).map((side) => {
      let now = 0n;
      const recording = new Recording({ keep: 4, now: () => ++now });
      const log = recording.open({ callId: "call-1", side, path: "/p.S/M" });
      log?.record("call", bothWays);
      for (let round = 0; round < 1_000; round += 1) {
        log?.record("request", { label: "a" });
        log?.record("response", { label: "b" });
      }
      return recording.events;
    });
    expectDrawn(onlyCall(mergeCalls(...sides)), { maxLines: 10 })(`
      p.S/M · bidirectional streaming
      client                        server
        │── M ────────────────────────▶│
        │── 1: a ─────────────────────▶│
        │◀───────────────────── 1: b ──│
        │── 2: a ─────────────────────▶│
        │◀───────────────────── 2: b ──│
        ⋮      … 997 more rounds       ⋮
        │── 1,000: a ─────────────────▶│
        │◀───────────────── 1,000: b ──│`);
  });

  it("uses only the colors of its palette", () => {
    const palette = { ok: (text: string) => `<ok>${text}</ok>`, lifeline: (text: string) => `<l>${text}</l>` };
    const lines = drawSequence(replay(1), { palette }).split("\n");
    expect(lines.at(-1)).to.match(/^ {2}<l>│<\/l><ok>◀─+ OK ──<\/ok><l>│<\/l>$/);
    expect(drawSequence(replay(1))).to.not.match(/\p{Cc}(?<!\n)/u);
  });

  describe("never exceeds its bounds", () => {
    const nasty = [
      "x".repeat(300),
      "世界".repeat(50),
      "👩‍👩‍👧".repeat(40),
      "e\u0301\u0302".repeat(90),
      "\\u{1b}[2J",
      "🇨🇭".repeat(30),
    ];
    const calls = {
      "2,000 messages": replay(2_000),
      "a ping-pong of 200 rounds": pingPong(200),
      "labels of every kind": scriptedCall(
        `c call\ns call\n${nasty.map((text) => `c request ${text}\ns note ${text}\ns request ${text}\ns response ${text}\nc response ${text}`).join("\n")}
        c request lost\ns status 3 ${"very ".repeat(60)}\nc cancel\nc status 1 ${"long ".repeat(60)}`,
        { ...bothWays, path: `/${"package.".repeat(30)}Service/${"Method".repeat(20)}` },
      ),
      "metadata of many entries": withMetadata(),
      "one side alone": scriptedCall(`s call\ns note ${"note ".repeat(30)}\ns ended`),
      "500 messages that cross": scriptedCall(
        `c call\ns call\n${repeat(250, (index) => `c request ${index}\ns response ${index}\n${index % 3 === 0 ? "s request\nc response" : ""}`)}\nc cancel`,
        bothWays,
      ),
    };
    const bounds: [width: number, maxLines: number, ascii: boolean, times: boolean][] = [
      [30, 24, false, false],
      [40, 6, true, true],
      [57, 12, true, false],
      [80, 24, false, true],
      [200, 6, false, false],
    ];
    for (const [what, call] of Object.entries(calls)) {
      it(`with ${what}, from 30 to 200 columns, from 6 to 24 lines`, () => {
        for (const [width, maxLines, ascii, times] of bounds) {
          const lines = drawSequence(call, { width, maxLines, ascii, times }).split("\n");
          expect(lines.length).to.be.at.most(maxLines);
          for (const line of lines) {
            expect(columns(line), line).to.be.at.most(width);
            if (ascii) expect(line).to.match(/^[\x20-\x7e]*$/);
          }
        }
      });
    }
  });
});
