import { expect } from "chai";
import { pairs } from "../../src/demo/pairs.js";
import { expectNothingLeft, type ProcessGroup, startGroup } from "./process-group.js";

const demo = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startGroup("demo/main.js", args, env);

describe("the demo", () => {
  describe("with ALL=1", () => {
    const ended = new Map<string, { readonly group: ProcessGroup; readonly code: number | null }>();

    // All at once: most of the time goes into starting processes, and every core can do that.
    before(async () => {
      const names = Object.keys(pairs);
      const groups = names.map((name) => demo([name], { ALL: "1" }));
      const codes = await Promise.all(groups.map((group) => group.ended));
      for (const [index, name] of names.entries()) {
        const group = groups[index];
        if (group) ended.set(name, { group, code: codes[index] ?? null });
      }
    });

    for (const [name, pair] of Object.entries(pairs)) {
      it(`${name}: runs and draws every case, and each one's lesson happens`, async () => {
        const { group, code } = ended.get(name) ?? expect.fail(`${name} was not run`);
        const { cases } = (await import(pair.client.href)) as { cases: Record<string, unknown> };
        expect(code, group.stdout() + group.stderr()).to.equal(0);
        expect(group.stdout().match(/^✓ /gm)).to.have.length(Object.keys(cases).length);
        for (const each of Object.keys(cases)) expect(group.stdout()).to.include(`\n${each}\n`);
        await expectNothingLeft(group);
      });
    }
  });

  for (const moment of ["unary: one request", "listening on", "square-root\n", "✓"]) {
    it(`ctrl-c when '${moment.trim()}' is on the screen leaves no process and no port`, async () => {
      const group = demo(["unary"], { ALL: "1" });
      await group.saw(moment);
      group.signal("SIGINT");
      expect(await group.ended).to.equal(130);
      await expectNothingLeft(group);
    });
  }

  it("ctrl-c in the middle of a stream leaves no process and no port", async () => {
    const group = demo(["server-streaming"]);
    await group.saw("replay\n");
    group.signal("SIGINT");
    expect(await group.ended).to.equal(130);
    await expectNothingLeft(group);
  });

  it("works the same behind a proxy that nobody answers at", async () => {
    const proxy = "http://127.0.0.1:9";
    const group = demo(["unary"], { http_proxy: proxy, https_proxy: proxy, grpc_proxy: proxy, HTTP_PROXY: proxy });
    expect(await group.ended, group.stderr()).to.equal(0);
    expect(group.stdout()).to.include("SquareRoot(16) = 4");
  });

  it("is not misled by a PORT or an ADDRESS in the environment: it takes a port of its own", async () => {
    const group = demo(["unary"], { PORT: "1", ADDRESS: "127.0.0.1:1" });
    expect(await group.ended, group.stderr()).to.equal(0);
  });

  it("draws with plain characters, or as Mermaid, where it is asked to", async () => {
    const plain = demo(["unary"], { ASCII: "1" });
    const mermaid = demo(["unary", "--mermaid"]);
    expect([await plain.ended, await mermaid.ended]).to.deep.equal([0, 0]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what ASCII is, with the ✓ of the lesson beside it
    expect(plain.stdout().replaceAll(/[✓·]/g, "")).to.match(/^[\x00-\x7f]*$/);
    expect(mermaid.stdout()).to.include("sequenceDiagram\n");
  });

  it("takes a switch that is set to 0 or to nothing for off", async () => {
    const group = demo(["unary"], { ALL: "0", ASCII: "" });
    expect(await group.ended, group.stderr()).to.equal(0);
    expect(group.stdout().match(/^✓ /gm)).to.have.length(1);
    expect(group.stdout()).to.include("│◀──");
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
