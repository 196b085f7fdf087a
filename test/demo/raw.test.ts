import { type handleUnaryCall, Server, type ServiceDefinition, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { type Pair, pairs } from "../../src/demo/pairs.js";
import type { RawPair } from "../../src/demo/raw.js";
import { markedBlock, read } from "../docs/blocks.js";
import { blockUnder, diagramIn, folders, root, steady } from "./block-under.js";
import { expectNothingLeft, startGroup } from "./process-group.js";

const services: Readonly<Record<keyof typeof pairs, ServiceDefinition>> = {
  unary: CalculatorService,
  "server-streaming": VitalsService,
  "client-streaming": StatisticsService,
  bidi: DialogueService,
};

for (const [name, { opening, raw }] of Object.entries<Pair>(pairs) as [keyof typeof pairs, Pair][]) {
  const [folder, service] = [folders[name], services[name]];

  describe(`src/${folder}/raw.ts`, () => {
    it(`draws with RAW=1 what ${opening} draws, and shows the same lesson`, async () => {
      const group = startGroup("demo/main.js", [name], { RAW: "1" });
      expect(await group.ended, group.stdout() + group.stderr()).to.equal(0);
      await expectNothingLeft(group);
      // readme.test.ts compares the page with what the bridged pair draws.
      const page = `${root}src/${folder}/README.md`;
      expect(steady(diagramIn(group.stdout()))).to.equal(steady(blockUnder(page, `diagram: ${opening}`)));
      expect(group.stdout()).to.match(/^✓ .{20,78}$/m);
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
      expect(markedBlock(`src/${folder}/README.md`, "raw")).to.equal(handler);
    });

    it("has a client that ends when its signal aborts in the middle of the call", async () => {
      const { run } = (await import(raw.href)) as RawPair;
      const leave = new AbortController();
      const hang: handleUnaryCall<unknown, unknown> = () => leave.abort();
      const server = new Server();
      server.addService(service, Object.fromEntries(Object.keys(service).map((method) => [method, hang])));
      const { address } = await loopback(server);
      const ended = run(address, leave.signal, { "grpc.enable_http_proxy": 0 });
      const code = await ended.then(
        () => status.OK,
        (error: { code?: number }) => error.code,
      );
      expect(code).to.equal(status.CANCELLED);
    });
  });
}
