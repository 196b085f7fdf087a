import { expect } from "chai";
import { streamingChannelOptions } from "quartet-bridge";
import { connectTo, loopback } from "../../bridge/test/harness/loopback.js";
import { build as buildBidirectional } from "../../src/bidirectional/server.js";
import { build as buildClientStreaming } from "../../src/client-streaming/server.js";
import { whatPassed } from "../../src/demo/lessons.js";
import { type Pair, pairs } from "../../src/demo/pairs.js";
import type { Cases, Hosting, HostOptions } from "../../src/host/index.js";
import { labelWithEnums } from "../../src/host/program/message-types.js";
import { build as buildServerStreaming } from "../../src/server-streaming/server.js";
import { drawSequence, mergeCalls, Recording, tapClient, tapServer } from "../../src/tap/index.js";
import { build as buildUnary } from "../../src/unary/server.js";
import { caseContext } from "../case-context.js";
import { temporaryFolder } from "../client-streaming/upload/uploads.js";
import { markedBlock, read } from "../docs/blocks.js";
import { blockUnder, folders, root, steady } from "./block-under.js";

const builds: Readonly<Record<keyof typeof pairs, (options: HostOptions) => Hosting>> = {
  unary: buildUnary,
  "server-streaming": buildServerStreaming,
  "client-streaming": (options) => buildClientStreaming(options, { uploads: temporaryFolder() }),
  bidi: buildBidirectional,
};

/** Makes the same what differs from run to run and from machine to machine: of the host's readings, every number. */
const settled: Readonly<Record<keyof typeof pairs, (output: string) => string>> = {
  unary: (output) => output.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=handler-us )\d+/g, "#"),
  "server-streaming": (output) => output.replaceAll(/\d[\d,]*(\.\d+)?/g, "#"),
  "client-streaming": (output) => output.replace(/(?<=stopped after )[\d,]+/, "#"),
  bidi: (output) => output,
};

for (const [name, { client: module, lessons }] of Object.entries<Pair>(pairs) as [keyof typeof pairs, Pair][]) {
  const { cases } = (await import(module.href)) as { cases: Cases };
  const page = `src/${folders[name]}/README.md`;
  /** What the page says that the client prints, by the case that prints it. */
  const expected = new Map(
    markedBlock(page, "expected")
      .split(/^(?=\S)/m)
      .map((lines): [string, string] => [lines.slice(0, lines.indexOf("\n")), lines.slice(lines.indexOf("\n") + 1)]),
  );

  // The demo does the same with two processes.
  describe(`the cases of ${name}, recorded`, () => {
    it("stand in the README, in their order", () => {
      expect([...expected.keys()]).to.deep.equal(Object.keys(cases));
    });

    for (const [each, run] of Object.entries(cases)) {
      it(`${each}: prints what the README shows, has its lesson, and can be drawn in 80 columns`, async () => {
        const recording = new Recording();
        const label = labelWithEnums();
        const interceptors = [tapClient(recording, { label })];
        const options = { ...streamingChannelOptions, interceptors };
        const server = builds[name]({ interceptors: [tapServer(recording, { label })] });
        const { client } = await loopback(server, options);
        const lines: string[] = [];
        const connect = (address: string, more: object = {}) => connectTo(address, { ...more, interceptors });
        await run(caseContext(client, { connect, say: (line) => lines.push(`  ${line}\n`) }));
        expect(settled[name](lines.join(""))).to.equal(settled[name](expected.get(each) ?? "nothing"));

        const calls = mergeCalls(recording.events);
        expect((lessons[each] ?? whatPassed)(calls)).to.match(/^.{8,78}$/);
        const drawn = calls.slice(0, 3).flatMap((call) => drawSequence(call, { width: 80 }).trimEnd().split("\n"));
        expect(drawn).to.not.be.empty;
        for (const line of drawn) expect(line.length, line).to.be.at.most(80);

        if (each !== "watch-restart") return;
        // Its diagram stands in the README: how the first call begins, and with which code it ends. The rest differs.
        const [diagram = ""] = blockUnder(`${root}${page}`, `diagram: ${each}`).split("\n\n");
        const [, begin = "", ...more] = steady(diagram).split("\n");
        const [code = ""] = more.at(-1)?.match(/[A-Z]+_?[A-Z]+(?=:)/) ?? [];
        expect(begin).to.match(/▶[│┊]$/);
        expect(steady(drawn.join("\n")))
          .to.include(begin)
          .and.include(`─ ${code}: `);
      });
    }
  });
}

describe("the handlers that the READMEs show", () => {
  for (const [folder, file, mark] of [
    ["unary", "calculator.ts", "bridged"],
    ["server-streaming", "vitals.ts", "bridged"],
    ["client-streaming", "statistics.ts", "bridged"],
    ["client-streaming", "upload/upload.ts", "receive"],
    ["bidirectional", "dialogue.ts", "bridged"],
  ] as const) {
    it(`are those of the servers: ${folder}/${file}`, () => {
      expect(read(`src/${folder}/${file}`)).to.include(markedBlock(`src/${folder}/README.md`, mark));
    });
  }
});
