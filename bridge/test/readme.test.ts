import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, StatusError, serverStreaming } from "quartet-bridge";
import { concat, lastValueFrom, of, take, throwError, toArray } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { blocksOf, markedBlock, read } from "../../test/docs/blocks.js";
import { afterTheTest, loopback } from "../../test/loopback.js";
import { collect, failureOf } from "./probe.js";
import { hub, watch } from "./readme/hub.js";
import { watchForEver } from "./readme/resuming.js";

const page = "bridge/README.md";

/** A proxy of the environment would take the example's call to this machine elsewhere. */
const environment = { ...process.env, no_grpc_proxy: "127.0.0.1" };

/** One of the page's two programs; it is ended when the test has. */
function program(name: string, env: Record<string, string>): ChildProcess {
  const file = fileURLToPath(new URL(`readme/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [file], {
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  afterTheTest(() => child.kill("SIGKILL"));
  return child;
}

/** What a program prints, line by line, once it has ended. */
async function linesOf({ stdout }: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  if (stdout) for await (const line of createInterface(stdout)) lines.push(line);
  return lines;
}

/** The block that follows the one with the mark. */
function blockAfter(mark: string): string {
  const blocks = blocksOf(read(page));
  return blocks[blocks.findIndex(({ marks }) => marks.has(mark)) + 1]?.text ?? "";
}

describe("the example of the bridge's page", function () {
  this.timeout(60_000);

  for (const name of ["server", "client"]) {
    it(`is the ${name} that is compiled and run here, but for the place of the bridge`, () => {
      const compiled = read(`bridge/test/readme/${name}.ts`);
      expect(markedBlock(page, name)).to.equal(compiled);
    });
  }

  for (const name of ["hub", "resuming"]) {
    it(`has the ${name} that is compiled and run here`, () => {
      const [, after = ""] = read(`bridge/test/readme/${name}.ts`).split(`// #region ${name}\n`);
      const [region] = after.split("// #endregion");
      expect(markedBlock(page, name)).to.equal(region);
    });
  }

  it("prints, as two programs, what the page says", async () => {
    const server = program("server", { PORT: "0" });
    const [ready] = server.stdout ? await once(createInterface(server.stdout), "line") : [];
    const client = program("client", { ADDRESS: String(ready).replace("listening on ", "") });
    expect(await linesOf(client)).to.deep.equal(blockAfter("client").trimEnd().split("\n"));
  });
});

describe("the hub and the resumed stream of the bridge's page", () => {
  const round = (sequence: number): WatchResponse => ({
    cursor: { epoch: "1", sequence },
    measuredAt: undefined,
    readings: [],
    replaced: 0,
  });
  const cutOff = serverStreaming(VitalsService.watch, () =>
    concat(
      of(round(1), round(2)),
      throwError(() => new StatusError(status.UNAVAILABLE, "gone")),
    ),
  );

  before(() => {
    for (const sequence of [1, 2, 3, 4]) hub.publish(round(sequence));
  });

  async function serve() {
    let calls = 0;
    const server = new Server();
    server.addService(
      { watch: watch.definition },
      {
        watch: (call: Parameters<typeof watch.handler>[0]) => {
          calls += 1;
          (calls === 1 ? cutOff : watch).handler(call);
        },
      },
    );
    const { client } = await loopback(server);
    return caller(VitalsService, client);
  }

  it("go on after the last round, where the call was cut", async () => {
    const vitals = await serve();
    const said: string[] = [];
    const rounds = await lastValueFrom(watchForEver(vitals, (text) => said.push(text)).pipe(take(4), toArray()));
    expect(rounds.map(({ cursor }) => cursor?.sequence)).to.deep.equal([1, 2, 3, 4]);
    expect(said).to.deep.equal(["connection lost, attempt 1 to come back"]);
  });

  it("say of a position that is not remembered which are", async () => {
    const vitals = await serve();
    await failureOf(collect(vitals.watch({ metrics: [], intervalMs: 0 })));
    const resumeAfter = { epoch: "1", sequence: 9 };
    const error = await failureOf(collect(vitals.watch({ metrics: [], intervalMs: 0, resumeAfter })));
    expect(error).to.include({ code: status.OUT_OF_RANGE, details: "the rounds 1 to 4 are remembered" });
  });
});

describe("the page of the bridge", () => {
  it("names everything that the bridge exports", () => {
    const names = [...read("bridge/src/index.ts").matchAll(/\{([^}]*)\}/g)].flatMap(([, list = ""]) =>
      list
        .split(",")
        .map((name) => name.replace("type ", "").trim())
        .filter((name) => name !== ""),
    );
    expect(names).to.include.members(["implement", "caller", "CallContext"]);
    // In prose, between backquotes, and as a whole word: `unary` is not named by `UnaryHandler`, nor by an example.
    const prose = read(page).replaceAll(/^```.*?^```$/gms, "");
    const named = new Set([...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) => code.match(/\w+/g) ?? []));
    expect(names.filter((name) => !named.has(name))).to.deep.equal([]);
  });

  it("promises every law, in order, and no other", () => {
    const promised = [...read(page).matchAll(/^\| (L\d+) \|/gm)].map(([, law]) => law);
    const laws = [...read("docs/stream-laws.md").matchAll(/^- (L\d+) /gm)].map(([, law]) => law);
    expect(promised).to.deep.equal(laws);
    expect(laws).to.have.length(22);
  });
});
