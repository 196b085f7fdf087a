import { expect } from "chai";
import { pairs } from "../../src/demo/pairs.js";
import { expectNothingLeft, startGroup } from "./process-group.js";

const demo = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startGroup("demo/main.js", args, env);

describe("the demo", () => {
  it("runs and draws the cases of a pair in their order with ALL=1, and in plain characters with ASCII=1", async () => {
    const { cases } = (await import(pairs.unary.client.href)) as { cases: Record<string, unknown> };
    const group = demo(["unary"], { ALL: "1", ASCII: "1" });
    const [first = "", second = "", third = ""] = Object.keys(cases);
    await group.saw(`\n${third}\n`);
    group.signal("SIGINT");
    expect(await group.ended).to.equal(130);
    await expectNothingLeft(group);
    const [before = "", ...drawn] = group.stdout().split(/^✓ .*$/m);
    expect(before).to.include(`\n${first}\n`);
    expect(drawn[0]).to.include(`\n${second}\n`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ASCII characters
    for (const text of [before, drawn[0]]) expect(text?.match(/^client +server$.*/ms)?.[0]).to.match(/^[\x00-\x7f]+$/);
  });

  it("draws with RAW=1 the call without the bridge", async () => {
    const group = demo(["unary"], { RAW: "1" });
    expect(await group.ended, group.stderr()).to.equal(0);
    expect(group.stdout()).to.include("raw server listening on").and.include("│◀──");
    await expectNothingLeft(group);
  });

  for (const [moment, args, env] of [
    ["one request, one response", ["unary"], {}],
    ["listening on", ["unary"], {}],
    ["raw server listening on", ["unary"], { RAW: "1" }],
    ["slow-reader\n", ["server-streaming", "--case", "slow-reader"], {}],
  ] as const) {
    it(`leaves no process and no port after ctrl-c when '${moment.trim()}' is on the screen`, async () => {
      const group = demo(args, env);
      await group.saw(moment);
      group.signal("SIGINT");
      expect(await group.ended).to.equal(130);
      await expectNothingLeft(group);
    });
  }

  it("ends quietly when the reader of its output has gone", async () => {
    const group = demo(["unary"]);
    await group.saw("SquareRoot(16) = 4");
    group.closeOutput();
    expect(await group.ended).to.be.oneOf([0, 130]);
    expect(group.stderr()).to.not.include("EPIPE");
    await expectNothingLeft(group);
  });

  it("draws as Mermaid, and ignores a proxy, PORT, ADDRESS and switches that are 0 or empty in the environment", async () => {
    const proxy = "http://127.0.0.1:9";
    const proxies = { http_proxy: proxy, https_proxy: proxy, grpc_proxy: proxy, HTTP_PROXY: proxy };
    // The demo takes a port of its own.
    const env = { ...proxies, PORT: "1", ADDRESS: "127.0.0.1:1", ALL: "0", ASCII: "" };
    const group = demo(["unary", "--mermaid"], env);
    expect(await group.ended, group.stderr()).to.equal(0);
    expect(group.stdout()).to.include("SquareRoot(16) = 4").and.include("sequenceDiagram\n");
    expect(group.stdout().match(/^✓ /gm)).to.have.length(1);
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
