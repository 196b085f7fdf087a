import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { streamingChannelOptions } from "quartet-bridge";
import type { SummarizeRequest } from "#gen/quartet/statistics/v1/statistics.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { failureOf } from "../../bridge/test/harness/probe.js";
import { cases, type Input } from "../../src/client-streaming/client.js";
import { build } from "../../src/client-streaming/server.js";
import type { CaseContext } from "../../src/host/index.js";
import { caseContext } from "../case-context.js";
import { watchedCalls } from "../watched-calls.js";
import { temporaryFolder } from "./upload/uploads.js";

async function open(input: Input = {}) {
  const watched = watchedCalls();
  const hosting = build({ interceptors: [watched.interceptor] });
  const { client, address } = await loopback(hosting, streamingChannelOptions);
  const said: string[] = [];
  const context: CaseContext<Input> = { ...caseContext(client, { say: (line) => said.push(line) }), input };
  const sizes = () => (watched.calls[0]?.messages ?? []).map((message) => (message as SummarizeRequest).values.length);
  return { ...watched, hosting, address, said, sizes, run: async (name: string) => cases[name]?.(context) };
}

/** A file with this content, which is removed after the test. */
async function fileOf(content: string): Promise<string> {
  const file = join(temporaryFolder(), "numbers.txt");
  await writeFile(file, content);
  return file;
}

describe("the client's cases", () => {
  it("summarize: sends the default data set as its five experiments", async () => {
    const { run, sizes } = await open();
    await run("summarize");
    expect(sizes()).to.deep.equal([20, 20, 20, 20, 20]);
  });

  it("summarize: sends a file in batches of 1,024", async () => {
    const { run, sizes, said } = await open({
      file: await fileOf(Array.from({ length: 3000 }, (_, i) => i).join("\n")),
    });
    await run("summarize");
    expect(sizes()).to.deep.equal([1024, 1024, 952]);
    expect(said[0]).to.equal("numbers.txt: 3000 numbers in 3 messages, one answer:");
  });

  it("summarize: prints a dash for what is absent", async () => {
    const { run, said } = await open({ file: await fileOf("# none") });
    await run("summarize");
    const fields = ["min               ", "max               ", "mean              ", "standard deviation"];
    expect(said.slice(2)).to.deep.equal(fields.map((field) => `  ${field}  -`));
  });

  it("summarize: text that is not a number cancels the call, and the error says where it is", async () => {
    const file = await fileOf(`${"1 ".repeat(200_000)}\n2 3 four`);
    const { run, next } = await open({ file });
    const begun = next();
    const error = await failureOf(run("summarize"));
    expect((error as Error).message).to.include(`${file}, line 2, word 3: "four" is not a number`);
    const { over, statuses } = await begun;
    await over.opened;
    expect(statuses).to.deep.equal([]);
  });

  it("source-fails: a call whose source failed is not answered", async () => {
    const { run, next } = await open();
    const begun = next();
    await run("source-fails");
    const { over, statuses } = await begun;
    await over.opened;
    expect(statuses).to.deep.equal([]);
  });

  it("deadline: the call is over at the server as well", async () => {
    const { run, next } = await open();
    const begun = next();
    const clock = stopClock();
    const running = run("deadline");
    const { over } = await begun;
    clock.pass(200);
    await Promise.all([running, over.opened]);
  });
});

describe("the client as a program", () => {
  /** Runs `summarize` on stdin, which stays open unless `input` is given. */
  function start(address: string, input?: string) {
    const program = fileURLToPath(new URL("../../src/client-streaming/client.js", import.meta.url));
    const args = [program, "--address", address, "--case", "summarize", "--file", "-"];
    const child = spawn(process.execPath, args);
    if (input !== undefined) child.stdin.end(input);
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    return { stdin: child.stdin, output: Promise.all([text(child.stdout), text(child.stderr), ended]) };
  }

  it("summarizes what is piped into it", async () => {
    const { address } = await open();
    const [out, err, code] = await start(address, "1 2 3\n4, 5\n").output;
    expect(out).to.include("stdin: 5 numbers in 1 message, one answer:").and.include("mean                3\n");
    expect([err, code]).to.deep.equal(["", 0]);
  });

  it("does not wait for a line of stdin after the server has ended the call", async () => {
    const { address, hosting, next } = await open();
    const begun = next();
    const { stdin, output } = start(address);
    stdin.write("1 2 3\n");
    await (await begun).headers.opened;
    await hosting.force();
    const [, err, code] = await output;
    expect(err).to.include("UNAVAILABLE");
    expect(code).to.equal(1);
  });
});
