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
import { blockUnder, expectBlock, folders, steady } from "./block-under.js";

const builds: Readonly<Record<keyof typeof pairs, (options: HostOptions) => Hosting>> = {
  unary: buildUnary,
  "server-streaming": buildServerStreaming,
  "client-streaming": (options) => buildClientStreaming(options, { uploads: temporaryFolder() }),
  bidi: buildBidirectional,
};

/** Removes what differs from run to run and from machine to machine: of the host's readings, each number. */
const settled: Readonly<Record<keyof typeof pairs, (output: string) => string>> = {
  unary: (output) => output.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=handler-us )\d+/g, "#"),
  "server-streaming": (output) => output.replaceAll(/\d[\d,]*(\.\d+)?/g, "#"),
  "client-streaming": (output) => output.replace(/(?<=stopped after )[\d,]+/, "#"),
  bidi: (output) => output,
};

/** Compares the diagrams of a case with those in its README. readme.test.ts does so for the opening cases. */
function expectShown(page: string, name: string, drawn: readonly string[]): void {
  const mark = `diagram: ${name}`;
  // The pages leave out the title of the first call.
  const first = (count: number) => drawn.slice(0, count).join("\n\n").replace(/^.*\n/, "");
  if (name === "upload-corrupted") expectBlock(page, mark, first(2));
  if (name === "chat") expectBlock(page, mark, first(1));
  // How much is on the way at each moment differs from run to run. How the call begins and ends does not, and messages
  // are held while the reader does not read.
  for (const diagram of name === "slow-reader" ? [first(1), blockUnder(page, mark)] : []) {
    const [, begin = "", ...lines] = diagram.trimEnd().split("\n");
    expect(begin).to.match(/── Replay {2}count=9000 ─+▶│$/);
    expect(lines.filter((line) => /╌╌╌ [\d,]+ … [\d,]+ ──┤$/.test(line))).to.have.length.greaterThan(1);
    expect(lines.at(-1)).to.include("OK");
  }
  if (name !== "watch-restart") return;
  // Only the beginning of the first call, and its code at the end, are the same in each run.
  const [diagram = ""] = blockUnder(page, mark).split("\n\n");
  const [, begin = "", ...more] = steady(diagram).split("\n");
  const [code = ""] = more.at(-1)?.match(/[A-Z]+_?[A-Z]+(?=:)/) ?? [];
  expect(begin).to.match(/▶[│┊]$/);
  expect(steady(drawn.join("\n")))
    .to.include(begin)
    .and.include(`─ ${code}: `);
}

for (const [name, { client: module, lessons }] of Object.entries<Pair>(pairs) as [keyof typeof pairs, Pair][]) {
  const { cases } = (await import(module.href)) as { cases: Cases };
  const page = `src/${folders[name]}/README.md`;
  /** What the page says that the client prints, by the case that prints it. */
  const expected = new Map(
    markedBlock(page, "expected")
      .split(/^(?=\S)/m)
      .map((lines): [string, string] => [lines.slice(0, lines.indexOf("\n")), lines.slice(lines.indexOf("\n") + 1)]),
  );

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
        const drawn = calls.slice(0, 3).map((call) => drawSequence(call, { width: 80 }));
        expect(drawn).to.not.be.empty;
        for (const line of drawn.join("\n").split("\n")) expect(line.length, line).to.be.at.most(80);
        expectShown(page, each, drawn);
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
