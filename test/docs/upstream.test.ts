import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { blocksOf, markedBlock, read } from "./blocks.js";

const page = "docs/upstream.md";
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A program of the page, under the heading that it stands below. */
interface Program {
  readonly fact: string;
  readonly code: string;
  readonly output: string;
}

function programs(): Program[] {
  return read(page)
    .split(/^### /m)
    .flatMap((section) => {
      const blocks = blocksOf(section);
      const at = blocks.findIndex(({ marks }) => marks.has("run"));
      const [code, output] = [blocks[at], blocks[at + 1]];
      const [fact = ""] = section.split("\n", 1);
      return code && output ? [{ fact, code: code.text, output: output.text }] : [];
    });
}

/** What a program prints in a process of its own. The time limit turns silence into what has been printed so far. */
function printed(code: string): Promise<string> {
  return new Promise((resolve) => {
    // From stdin, a module resolves packages as a file in the project's folder does.
    const child = execFile(
      process.execPath,
      ["--input-type=module"],
      { cwd: root, timeout: 30_000, killSignal: "SIGKILL" },
      (_error, stdout, stderr) => resolve(stdout === "" ? stderr : stdout),
    );
    child.stdin?.end(`${markedBlock(page, "preamble")}\n${code}`);
  });
}

describe(page, function () {
  this.timeout(60_000);

  it("speaks of the version of grpc-js that is installed", () => {
    const { version } = JSON.parse(read("node_modules/@grpc/grpc-js/package.json")) as { version: string };
    expect(read(page)).to.include(`@grpc/grpc-js ${version}`);
  });

  it("has a program, with its output, for every fact but the one about a package that is not installed", () => {
    const facts = [...read(page).matchAll(/^### (.+)$/gm)].map(([, fact]) => fact);
    const shown = programs().map(({ fact }) => fact);
    expect(facts.filter((fact) => fact !== undefined && !shown.includes(fact))).to.deep.equal([
      "24. Reflection does not find a service without a package",
    ]);
  });

  it("prints, program by program, what it says that grpc-js does", async () => {
    const expected = programs();
    const seen = await Promise.all(expected.map(async ({ fact, code }) => ({ fact, output: await printed(code) })));
    expect(seen).to.deep.equal(expected.map(({ fact, output }) => ({ fact, output })));
  });
});
