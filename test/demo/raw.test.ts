import { mock } from "node:test";
import { type handleUnaryCall, Server, type ServiceDefinition, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { afterTheTest, loopback } from "../../bridge/test/harness/loopback.js";
import { failureOf } from "../../bridge/test/harness/probe.js";
import { whatPassed } from "../../src/demo/lessons.js";
import { type Pair, pairs } from "../../src/demo/pairs.js";
import type { RawPair } from "../../src/demo/raw.js";
import { labelWithEnums } from "../../src/host/program/message-types.js";
import { drawSequence, mergeCalls, Recording, tapClient, tapServer } from "../../src/tap/index.js";
import { markedBlock, read } from "../docs/blocks.js";
import { blockUnder, folders, steady } from "./block-under.js";

const services: Readonly<Record<keyof typeof pairs, ServiceDefinition>> = {
  unary: CalculatorService,
  "server-streaming": VitalsService,
  "client-streaming": StatisticsService,
  bidi: DialogueService,
};

for (const [name, { opening, raw, lessons }] of Object.entries<Pair>(pairs) as [keyof typeof pairs, Pair][]) {
  const [folder, service] = [folders[name], services[name]];
  const page = `src/${folder}/README.md`;

  describe(`src/${folder}/raw.ts`, () => {
    it(`draws what ${opening} draws, and shows the same lesson`, async () => {
      const { build, run } = (await import(raw.href)) as RawPair;
      mock.method(console, "log", () => {});
      afterTheTest(() => mock.restoreAll());
      const recording = new Recording();
      const label = labelWithEnums();
      const { address } = await loopback(build({ interceptors: [tapServer(recording, { label })] }));
      const interceptors = [tapClient(recording, { label })];
      await run(address, new AbortController().signal, { "grpc.enable_http_proxy": 0, interceptors });
      const calls = mergeCalls(recording.events);
      const [call = expect.fail("nothing was recorded")] = calls;
      const [, ...lines] = drawSequence(call, { width: 80 }).split("\n");
      // readme.test.ts compares the page with what the bridged pair draws.
      expect(steady(lines.join("\n"))).to.equal(steady(blockUnder(page, `diagram: ${opening}`)));
      expect((lessons[opening] ?? whatPassed)(calls)).to.match(/^.{20,78}$/);
    });

    it("imports neither the bridge nor RxJS, and is at most 90 lines long", () => {
      const text = read(`src/${folder}/raw.ts`);
      const imported = [...text.matchAll(/ from "([^"]+)"/g)].map(([, module = ""]) => module);
      const allowed = /^(@grpc\/grpc-js|#gen\/.+|node:.+|\.\/summary\.js|\.\/host-metrics\/metrics\.js)$/;
      expect(imported.filter((module) => !allowed.test(module))).to.deep.equal([]);
      expect(text.trimEnd().split("\n")).to.have.length.at.most(90);
    });

    it("is shown in the folder's README, beside the bridged form", () => {
      const [, after = ""] = read(`src/${folder}/raw.ts`).split("// #region raw\n");
      const [handler] = after.split("// #endregion");
      expect(markedBlock(page, "raw")).to.equal(handler);
    });

    it("has a client that ends when its signal aborts in the middle of the call", async () => {
      const { run } = (await import(raw.href)) as RawPair;
      const leave = new AbortController();
      const hang: handleUnaryCall<unknown, unknown> = () => leave.abort();
      const server = new Server();
      server.addService(service, Object.fromEntries(Object.keys(service).map((method) => [method, hang])));
      const { address } = await loopback(server);
      const error = await failureOf(run(address, leave.signal, { "grpc.enable_http_proxy": 0 }));
      expect(error).to.have.property("code", status.CANCELLED);
    });
  });
}
