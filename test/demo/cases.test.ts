import { expect } from "chai";
import { streamingChannelOptions } from "quartet-bridge";
import { connectTo, loopback } from "../../bridge/test/harness/loopback.js";
import { build as buildBidirectional } from "../../src/bidirectional/server.js";
import { build as buildClientStreaming } from "../../src/client-streaming/server.js";
import { type Pair, pairs } from "../../src/demo/pairs.js";
import type { Cases, Hosting, HostOptions } from "../../src/host/index.js";
import { labelWithEnums } from "../../src/host/program/message-types.js";
import { build as buildServerStreaming } from "../../src/server-streaming/server.js";
import { drawSequence, mergeCalls, Recording, tapClient, tapServer } from "../../src/tap/index.js";
import { build as buildUnary } from "../../src/unary/server.js";
import { caseContext } from "../case-context.js";
import { temporaryFolder } from "../client-streaming/upload/uploads.js";
import { blockUnder, steady } from "./block-under.js";

const builds: Readonly<Record<keyof typeof pairs, (options: HostOptions) => Hosting>> = {
  unary: buildUnary,
  "server-streaming": buildServerStreaming,
  "client-streaming": (options) => buildClientStreaming(options, { uploads: temporaryFolder() }),
  bidi: buildBidirectional,
};

/** From the root: the pages that show a case whose numbers differ from run to run. */
const pages: Readonly<Record<string, string>> = {
  "watch-restart": "src/server-streaming/README.md",
  "stalled-member": "src/bidirectional/README.md",
};

for (const [name, { client: module, opening, lessons }] of Object.entries<Pair>(pairs)) {
  const { cases } = (await import(module.href)) as { cases: Cases };
  const build = builds[name as keyof typeof pairs];

  // The demo does the same with two processes. readme.test.ts runs the openings, demo.test.ts the cases of one pair.
  describe(`the cases of ${name}, recorded`, () => {
    for (const [each, run] of Object.entries(cases).filter(([each]) => each !== opening)) {
      it(`${each}: its calls can be drawn in 80 columns, and its lesson happens`, async () => {
        const recording = new Recording();
        const label = labelWithEnums();
        const interceptors = [tapClient(recording, { label })];
        const options = { ...streamingChannelOptions, interceptors };
        const { client } = await loopback(build({ interceptors: [tapServer(recording, { label })] }), options);
        await run(caseContext(client, { connect: (address, more) => connectTo(address, { ...more, interceptors }) }));
        const calls = mergeCalls(recording.events);
        const drawn = calls.slice(0, 3).flatMap((call) => drawSequence(call, { width: 80 }).trimEnd().split("\n"));
        expect(drawn).to.not.be.empty;
        for (const line of drawn) expect(line.length, line).to.be.at.most(80);
        const lesson = lessons[each];
        if (lesson) expect(lesson(calls)).to.be.a("string");

        const page = pages[each];
        if (page === undefined) return;
        // How the first call begins, and with which code it ends: what is in between differs from run to run.
        const [diagram = ""] = blockUnder(page, `diagram: ${each}`).split("\n\n");
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
