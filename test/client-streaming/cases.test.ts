import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { streamingChannelOptions } from "quartet-bridge";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { cases, type Input } from "../../src/client-streaming/client.js";
import { build } from "../../src/client-streaming/server.js";
import type { CaseContext } from "../../src/host/index.js";
import { caseContext } from "../case-context.js";
import { failureOf } from "./failure-of.js";
import { witness } from "./witness.js";

const clientProgram = fileURLToPath(new URL("../../src/client-streaming/client.js", import.meta.url));

async function open(input: Input = {}) {
  const seen = witness();
  const hosting = build({ interceptors: [seen.interceptor] });
  const { client, address } = await loopback(hosting, streamingChannelOptions);
  const said: string[] = [];
  const context: CaseContext<Input> = { ...caseContext(client, { say: (line) => said.push(line) }), input };
  const run = async (name: string) => cases[name]?.(context);
  return { hosting, seen, address, said, run };
}

async function inFile<T>(content: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "quartet-"));
  try {
    const file = join(folder, "numbers.txt");
    await writeFile(file, content);
    return await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the client's cases", () => {
  it("begin with the one that the demo opens with", () => {
    expect(Object.keys(cases)).to.deep.equal([
      "summarize",
      "observe",
      "empty",
      "refused",
      "cancel",
      "deadline",
      "source-fails",
      "upload-cut",
      "upload-corrupted",
    ]);
  });

  it("summarize: sends the default data set as its five experiments", async () => {
    const { run, seen } = await open();
    await run("summarize");
    expect(seen.calls[0]?.messages.map(({ values }) => values.length)).to.deep.equal([20, 20, 20, 20, 20]);
  });

  it("summarize: sends a file in batches of 1,024", async () => {
    const numbers = Array.from({ length: 3000 }, (_, i) => i).join("\n");
    await inFile(numbers, async (file) => {
      const { run, seen, said } = await open({ file });
      await run("summarize");
      expect(seen.calls[0]?.messages.map(({ values }) => values.length)).to.deep.equal([1024, 1024, 952]);
      expect(said[0]).to.equal("numbers.txt: 3000 numbers in 3 messages, one answer:");
    });
  });

  it("summarize: says what is absent with a dash", async () => {
    await inFile("# none", async (file) => {
      const { run, said } = await open({ file });
      await run("summarize");
      expect(said.slice(2)).to.deep.equal(
        ["min               ", "max               ", "mean              ", "standard deviation"].map(
          (field) => `  ${field}  -`,
        ),
      );
    });
  });

  it("summarize: a word that is no number cancels the call that is under way, and says where it is", async () => {
    await inFile(`${"1 ".repeat(200_000)}\n2 3 four`, async (file) => {
      const { run, seen } = await open({ file });
      const begun = seen.next();
      const error = await failureOf(run("summarize"));
      expect((error as Error).message).to.include(`${file}, line 2, word 3: "four" is no number`);
      expect(await (await begun).over.opened).to.equal(undefined);
    });
  });

  it("source-fails: a call whose source broke is no answered call", async () => {
    const { run, seen } = await open();
    const begun = seen.next();
    await run("source-fails");
    expect(await (await begun).over.opened).to.equal(undefined);
  });

  it("deadline: the call is over at the server as well", async () => {
    const { run, seen } = await open();
    const begun = seen.next();
    const clock = stopClock();
    const running = run("deadline");
    const { over } = await begun;
    clock.pass(200);
    await Promise.all([running, over.opened]);
  });
});

describe("the client as a program", () => {
  /** Runs `summarize` on what comes in on stdin, which stays open unless `input` is given. */
  function start(address: string, file: string, input?: string) {
    const child = spawn(process.execPath, [
      clientProgram,
      ...["--address", address, "--case", "summarize", "--file", file],
    ]);
    if (input !== undefined) child.stdin.end(input);
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    return { stdin: child.stdin, output: Promise.all([text(child.stdout), text(child.stderr), ended]) };
  }

  it("summarizes what is piped into it", async () => {
    const { address } = await open();
    const [out, err, code] = await start(address, "-", "1 2 3\n4, 5\n").output;
    expect(out).to.include("stdin: 5 numbers in 1 message, one answer:").and.include("mean                3\n");
    expect([err, code]).to.deep.equal(["", 0]);
  });

  it("ends with 1 at a word that is no number, and one line that says where it is and what to do", async () => {
    const { address } = await open();
    const [, err, code] = await start(address, "-", "1 2\nthree\n").output;
    expect(err).to.match(/^client-streaming-client: stdin, line 2, word 1: "three" is no number; write numbers .*\n$/);
    expect(code).to.equal(1);
  });

  it("ends with 64 where there is no such file", async () => {
    const { address } = await open();
    const [, err, code] = await start(address, join(tmpdir(), "no-such-folder", "none.txt")).output;
    expect(err).to.match(/none\.txt cannot be read \(ENOENT\)/);
    expect(code).to.equal(64);
  });

  it("does not wait for a line of stdin once the server has ended the call", async () => {
    const { address, hosting, seen } = await open();
    const begun = seen.next();
    const { stdin, output } = start(address, "-");
    stdin.write("1 2 3\n");
    await (await begun).headers.opened;
    await hosting.force();
    const [, err, code] = await output;
    expect(err).to.include("UNAVAILABLE");
    expect(code).to.equal(1);
  });
});
