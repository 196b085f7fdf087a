import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { failureOf } from "../../bridge/test/harness/probe.js";
import { random, seed } from "../../bridge/test/harness/random.js";
import { batches, batchSize, defaultFile, openNumbers } from "../../src/client-streaming/numbers.js";
import { Summary } from "../../src/client-streaming/summary.js";
import { UsageError } from "../../src/host/index.js";

async function* chunks(...parts: string[]): AsyncGenerator<string> {
  yield* parts;
}

async function numbersOf(text: AsyncIterable<string>, size?: number): Promise<number[][]> {
  const all: number[][] = [];
  for await (const batch of batches({ name: "a.txt", text }, size)) all.push(batch);
  return all;
}

async function messageFor(...parts: string[]): Promise<string> {
  return ((await failureOf(numbersOf(chunks(...parts)))) as Error).message;
}

describe("the numbers of a text", () => {
  for (const [what, text, numbers] of [
    [
      "are decimal, and separated by white space or commas",
      "1, -2.5\t+3.\r\n.5,,6e3 -7E-2\n\n  8",
      [1, -2.5, 3, 0.5, 6000, -0.07, 8],
    ],
    ["are not in comments, which end with their line", "# 1 2\n3#4, x\n5 # six # 7\n8", [3, 5, 8]],
    ["may begin with a byte order mark, as files from Windows do", "\uFEFF12 13", [12, 13]],
    ["may be absent: in an empty text, and in one of comments", "# nothing here\n", undefined],
  ] as const) {
    it(what, async () => expect(await numbersOf(chunks("", text))).to.deep.equal(numbers ? [numbers] : []));
  }

  it("come in batches, of which only the last may be smaller", async () => {
    const text = Array.from({ length: 2 * batchSize + 1 }, (_, i) => i).join(" ");
    expect((await numbersOf(chunks(text))).map(({ length }) => length)).to.deep.equal([batchSize, batchSize, 1]);
    expect((await numbersOf(chunks("1 2 3 4"), 2)).map(({ length }) => length)).to.deep.equal([2, 2]);
  });

  it(`are the same however the text comes in pieces (SEED=${seed})`, async () => {
    const chance = random(seed);
    const text = "# speeds, of light\r\n299850, 1.5e3\n-0.25#half\n\n7 # a b\n1e-7,,12345.678\n";
    const whole = await numbersOf(chunks(text));
    for (let round = 0; round < 200; round += 1) {
      const parts: string[] = [];
      for (let from = 0; from < text.length; ) {
        const to = from + Math.trunc(chance() * 7);
        parts.push(text.slice(from, to));
        from = to;
      }
      expect(await numbersOf(chunks(...parts))).to.deep.equal(whole);
    }
  });

  it("name the line and the word that is not a number, and say what a number looks like", async () => {
    expect(await messageFor("1 2\n# x\n3 fo", "ur 5")).to.match(
      /^a\.txt, line 3, word 2: "four" is not a number; write /,
    );
  });

  it("do not include other words", async () => {
    for (const word of ["NaN", "Infinity", "-inf", "0x10", "1_000", "1e", ".", "-", "1.2.3", "½"])
      expect(await messageFor(`7 ${word}`)).to.include(`line 1, word 2: "${word}" is not a number`);
  });

  it("do not include a number that is too large for a double", async () => {
    expect(await messageFor("1e308 1e309")).to.include('word 2: "1e309" is too large for a double');
  });

  it("stop at a line without an end, before it fills the memory", async () => {
    let read = 0;
    async function* noNumbers() {
      for (; read < 1000; read += 1) yield "x".repeat(64 * 1024);
    }
    const error = await failureOf(numbersOf(noNumbers()));
    expect((error as Error).message).to.include("a.txt has a line of more than 1048576 characters");
    expect(read).to.be.lessThan(20);
  });

  it("are shown without control characters, so that a binary file cannot write to a terminal", async () => {
    expect(await messageFor("\u001b[2J\u0000")).to.include(String.raw`"\u001b[2J\u0000" is not a number`);
  });

  it("are read only as far as the reader asks", async () => {
    let read = 0;
    async function* endless() {
      for (;;) {
        read += 1;
        yield "1 2 3 4\n";
      }
    }
    const source = batches({ name: "endless", text: endless() }, 4);
    await source.next();
    await source.next();
    await source.return();
    expect(read).to.equal(2);
  });

  it("end with the error of a text that is destroyed while a reader waits for a number", async () => {
    const text = new PassThrough({ encoding: "utf8" });
    const next = failureOf(batches({ name: "stdin", text }).next());
    text.destroy();
    expect(await next).to.be.an("error");
  });
});

describe("a file of numbers", () => {
  it("that does not exist is wrong usage", async () => {
    const missing = join(tmpdir(), "no-such-folder", "numbers.txt");
    const error = await failureOf(openNumbers(missing));
    expect(error).to.be.instanceOf(UsageError);
    expect((error as Error).message).to.include(`${missing} cannot be read (ENOENT)`);
  });

  it("is closed at its end", async () => {
    const numbers = await openNumbers(defaultFile);
    for await (const batch of batches(numbers)) expect(batch).to.have.length(100);
    expect(numbers.text.destroyed).to.equal(true);
  });
});

describe("the default data set", () => {
  it("has the count, mean, deviation and order that NIST certifies for Michelso", async () => {
    const values = (await numbersOf(chunks(readFileSync(defaultFile, "utf8")))).flat();
    const summary = new Summary();
    for (const value of values) summary.add(value);
    const { count, mean = Number.NaN, standardDeviation = Number.NaN } = summary;
    expect(count).to.equal(100);
    // NIST has them in 1000 km/s, with 15 digits.
    expect((mean / 1000).toFixed(12)).to.equal("299.852400000000");
    expect((standardDeviation / 1000).toPrecision(15)).to.equal("0.0790105478190518");
    // Of the three values, only the autocorrelation depends on the order.
    const distances = values.map((value) => value - mean);
    const products = distances.slice(1).map((distance, i) => distance * (distances[i] ?? Number.NaN));
    const sum = (all: number[]) => all.reduce((total, value) => total + value, 0);
    expect(sum(products) / sum(distances.map((distance) => distance ** 2))).to.be.closeTo(0.535199668621283, 1e-14);
  });

  it("is sent as its five experiments when it is cut into 20 runs to a message", async () => {
    const lines = readFileSync(defaultFile, "utf8")
      .split("\n")
      .filter((line) => /^\d/.test(line));
    expect(await numbersOf(chunks(readFileSync(defaultFile, "utf8")), 20)).to.deep.equal(
      lines.map((line) => line.split(" ").map(Number)),
    );
  });
});
