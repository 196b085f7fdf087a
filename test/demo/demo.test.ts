import { expect } from "chai";
import { pairs } from "../../src/demo/pairs.js";
import { expectNothingLeft, startGroup } from "./process-group.js";

const demo = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startGroup("demo/main.js", args, env);

describe("the demo", () => {
  it("runs and draws every case of a pair with ALL=1, and in plain characters with ASCII=1", async () => {
    const { cases } = (await import(pairs.unary.client.href)) as { cases: Record<string, unknown> };
    const group = demo(["unary"], { ALL: "1", ASCII: "1" });
    expect(await group.ended, group.stdout() + group.stderr()).to.equal(0);
    expect(group.stdout().match(/^✓ /gm)).to.have.length(Object.keys(cases).length);
    for (const each of Object.keys(cases)) expect(group.stdout()).to.include(`\n${each}\n`);
    const diagrams = group.stdout().match(/^client +server$.*?^✓/gms) ?? [];
    expect(diagrams).to.not.be.empty;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what ASCII is, with the ✓ of the lesson below it
    for (const diagram of diagrams) expect(diagram.slice(0, -1)).to.match(/^[\x00-\x7f]*$/);
    await expectNothingLeft(group);
  });

  for (const [moment, env] of [
    ["unary: one request", { ALL: "1" }],
    ["listening on", { ALL: "1" }],
    ["square-root\n", { ALL: "1" }],
    ["✓", { ALL: "1" }],
    ["raw server listening on", { RAW: "1" }],
  ] as const) {
    it(`ctrl-c when '${moment.trim()}' is on the screen leaves no process and no port`, async () => {
      const group = demo(["unary"], env);
      await group.saw(moment);
      group.signal("SIGINT");
      expect(await group.ended).to.equal(130);
      await expectNothingLeft(group);
    });
  }

  it("ctrl-c in the middle of a stream leaves no process and no port", async () => {
    const group = demo(["server-streaming", "--case", "slow-reader"]);
    await group.saw("slow-reader\n");
    group.signal("SIGINT");
    expect(await group.ended).to.equal(130);
    await expectNothingLeft(group);
  });

  it("is misled by nothing in the environment: a proxy, a PORT, an ADDRESS, a switch that is set to 0 or to nothing", async () => {
    const proxy = "http://127.0.0.1:9";
    const group = demo(["unary"], {
      ...{ http_proxy: proxy, https_proxy: proxy, grpc_proxy: proxy, HTTP_PROXY: proxy },
      // It takes a port of its own.
      ...{ PORT: "1", ADDRESS: "127.0.0.1:1" },
      ...{ ALL: "0", ASCII: "" },
    });
    expect(await group.ended, group.stderr()).to.equal(0);
    expect(group.stdout()).to.include("SquareRoot(16) = 4").and.include("│◀──");
    expect(group.stdout().match(/^✓ /gm)).to.have.length(1);
  });

  it("draws as Mermaid where it is asked to", async () => {
    const group = demo(["unary", "--mermaid"]);
    expect(await group.ended, group.stderr()).to.equal(0);
    expect(group.stdout()).to.include("sequenceDiagram\n");
  });

  it("answers wrong usage with one line that says what there is, and 64", async () => {
    const pair = demo(["binary"]);
    expect(await pair.ended).to.equal(64);
    expect(pair.stderr()).to.include("'binary'").and.include("unary, server-streaming, client-streaming, bidi");
    const unknown = demo(["unary", "--case", "cube-root"]);
    expect(await unknown.ended).to.equal(64);
    expect(unknown.stderr()).to.include("no case 'cube-root'").and.include("square-root, divide");
  });
});
