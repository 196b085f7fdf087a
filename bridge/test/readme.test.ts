import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, detailsOf, StatusError, serverStreaming } from "quartet-bridge";
import { concat, lastValueFrom, of, take, throwError, toArray } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { GreeterService } from "#gen/tutorials/helloworld.js";
import { blocksOf, markedBlock, read } from "../../test/docs/blocks.js";
import { afterTheTest, loopback } from "./harness/loopback.js";
import { collect, failureOf } from "./harness/probe.js";
import { hub, watch } from "./readme/hub.js";
import { greeter, greeterOver, lines } from "./readme/middleware.js";
import { watchForever } from "./readme/resuming.js";

const page = "bridge/README.md";

/** A program of the page. It is killed after the test. Its calls must not go through a proxy. */
function program(name: string, env: Record<string, string> = {}): ChildProcess {
  const file = fileURLToPath(new URL(`readme/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, no_grpc_proxy: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  afterTheTest(() => child.kill("SIGKILL"));
  return child;
}

async function linesOf({ stdout }: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  if (stdout) for await (const line of createInterface(stdout)) lines.push(line);
  return lines;
}

function blockAfter(mark: string): string {
  const blocks = blocksOf(read(page));
  return blocks[blocks.findIndex(({ marks }) => marks.has(mark)) + 1]?.text ?? "";
}

describe("the examples of the bridge's README", () => {
  for (const name of ["server", "client", "testing"]) {
    it(`show the program that runs here, except for the path of the generated code: ${name}`, () => {
      const compiled = read(`bridge/test/readme/${name}.ts`).replace(/"#gen\/(?:\w+\/)*(\w+\.js)"/, '"./gen/$1"');
      expect(markedBlock(page, name)).to.equal(compiled);
    });
  }

  for (const name of ["hub", "middleware", "resuming"]) {
    it(`show the lines that are compiled here: ${name}`, () => {
      const [, after = ""] = read(`bridge/test/readme/${name}.ts`).split(`// #region ${name}\n`);
      const [region] = after.split("// #endregion");
      expect(markedBlock(page, name)).to.equal(region);
    });
  }

  it("print the output of the page, as two processes", async () => {
    const server = program("server", { PORT: "0" });
    const [ready] = server.stdout ? await once(createInterface(server.stdout), "line") : [];
    const client = program("client", { ADDRESS: String(ready).replace("listening on ", "") });
    expect(await linesOf(client)).to.deep.equal(blockAfter("client").trimEnd().split("\n"));
  });

  it("pass as a test of a service, and leave nothing that keeps the process alive", async () => {
    const [code] = await once(program("testing"), "close");
    expect(code).to.equal(0);
  });

  it("log, sign in and map on both sides", async () => {
    const { client, server } = await loopback(greeter.addTo(new Server()));
    expect(await greeterOver(client).sayHello({ name: "" })).to.deep.equal({ message: "HELLO, ADA" });
    const refused = await failureOf(caller(GreeterService, client).sayHello({ name: "" }));
    expect(refused).to.include({ code: status.UNAUTHENTICATED, details: "sign in first" });
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    const line = /^\/helloworld\.Greeter\/SayHello: (\w+) after [\d.]+ ms$/;
    expect(lines.map((each) => line.exec(each)?.[1])).to.have.members(["OK", "OK", "UNAUTHENTICATED"]);
  });
});

describe("the hub and the resumed stream of the bridge's README", () => {
  const round = (sequence: number): WatchResponse => ({
    cursor: { epoch: hub.epoch, sequence },
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

  it("continue after the last round of the call that was cut", async () => {
    const vitals = await serve();
    const said: string[] = [];
    const rounds = await lastValueFrom(watchForever(vitals, (text) => said.push(text)).pipe(take(4), toArray()));
    expect(rounds.map(({ cursor }) => cursor?.sequence)).to.deep.equal([1, 2, 3, 4]);
    expect(said).to.deep.equal(["connection lost, attempt 1"]);
  });

  it("refuse a position that is gone with OUT_OF_RANGE", async () => {
    const vitals = await serve();
    await failureOf(collect(vitals.watch({ metrics: [], intervalMs: 0 })));
    const metadata = { epoch: hub.epoch, oldest: "1", newest: "4" };
    for (const [resumeAfter, reason] of [
      [{ epoch: hub.epoch, sequence: 9 }, "POSITION_FORGOTTEN"],
      [{ epoch: "of an earlier server", sequence: 4 }, "EPOCH_ENDED"],
    ] as const) {
      const error = await failureOf(collect(vitals.watch({ metrics: [], intervalMs: 0, resumeAfter })));
      expect(error).to.include({ code: status.OUT_OF_RANGE });
      expect(detailsOf(error).errorInfo).to.deep.equal({ reason, domain: "quartet", metadata });
    }
  });
});

/** The names that the sources of an entry point export. */
function exportsOf(file: string): string[] {
  const source = read(file);
  const all = [...source.matchAll(/^export \* from "(.+)\.js";$/gm)].map(
    ([, module]) => `${dirname(file)}/${module}.ts`,
  );
  const listed = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = ""]) => list.split(","));
  const declared = source.matchAll(/^export (?:async )?(?:function|class|interface|type|const) (\w+)/gm);
  return [
    ...listed.map((name) => name.replace("type ", "").trim()),
    ...[...declared].map(([, name = ""]) => name),
    ...all.flatMap(exportsOf),
  ];
}

describe("the bridge's README", () => {
  const manifest: { exports: Record<string, { default: string }> } = JSON.parse(read("bridge/package.json"));

  for (const [entry, { default: compiled }] of Object.entries(manifest.exports)) {
    if (!compiled) continue;
    it(`names every export of the entry point ${entry}`, () => {
      const source = compiled.replace("./dist", "bridge/src").replace(/\.js$/, ".ts");
      const names = exportsOf(source).filter((name) => name !== "");
      expect(names).to.not.be.empty;
      // As a whole word between backquotes, outside of the examples: `UnaryHandler` does not name `unary`.
      const prose = read(page).replaceAll(/^```.*?^```$/gms, "");
      const named = new Set([...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) => code.match(/\w+/g) ?? []));
      expect(names.filter((name) => !named.has(name))).to.deep.equal([]);
    });
  }

  it("promises every law once, in order, except for L22, which is the host's", () => {
    const promises = [...read(page).matchAll(/^- (L\d+(?:, L\d+)*): /gm)].flatMap(([, laws = ""]) => laws.split(", "));
    const laws = [...read("docs/stream-laws.md").matchAll(/^- (L\d+) /gm)].map(([, law]) => law);
    expect(promises).to.deep.equal(laws.filter((law) => law !== "L22"));
  });

  it("has at most 300 lines", () => expect(read(page).split("\n").length - 1).to.be.at.most(300));
});
