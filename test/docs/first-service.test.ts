import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type Block, blocksOf } from "./blocks.js";

const root = new URL("../../../", import.meta.url);

/** Does what a reader of the page does with two terminals. */
describe("docs/first-service.md", () => {
  const blocks = blocksOf(readFileSync(new URL("docs/first-service.md", root), "utf8"));
  let folder: string;
  let server: Terminal | undefined;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "quartet-first-service-"))));

  afterEach(async () => {
    server?.stop("SIGKILL");
    await server?.ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it("pins the versions that the suite itself is tested with", () => {
    const versions = (manifest: string) => {
      const { dependencies, devDependencies } = JSON.parse(manifest) as Record<string, Record<string, string>>;
      return { ...dependencies, ...devDependencies };
    };
    const ours = versions(readFileSync(new URL("package.json", root), "utf8"));
    const named = Object.entries(versions(fileBlock(blocks, "package.json")));
    expect(named).to.not.be.empty;
    for (const [name, version] of named) expect(`${name} ${version}`).to.equal(`${name} ${ours[name]}`);
  });

  it("leads from an empty folder to SquareRoot(16) = 4, and each command prints what the page says", async () => {
    const printed: string[] = [];
    const expected: string[] = [];
    let port = "0";

    for (const [index, block] of blocks.entries()) {
      const file = block.marks.get("file");
      if (file !== undefined) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), block.text);
      } else if (block.text === "npm install\n") {
        // The tests run without a network, and the packages are here, in the same versions (see above).
        symlinkSync(fileURLToPath(new URL("node_modules", root)), join(folder, "node_modules"), "junction");
      } else if (block.language === "sh" && block.marks.has("server")) {
        // Port 0 asks the system for a free port. The page has 50051 instead.
        server = new Terminal(block.text, folder, "0");
        const ready = await server.line();
        port = /:(\d+)$/.exec(ready)?.[1] ?? "";
        expect(ready.replace(port, "50051")).to.equal(blocks[index + 1]?.text.trimEnd());
      } else if (block.language === "sh") {
        const run = new Terminal(block.text, folder, port);
        const code = await run.ended;
        expect(String(code), `${block.text}${run.errors}`).to.equal(block.marks.get("exit") ?? "0");
        printed.push(...run.lines);
        const next = blocks[index + 1];
        if (next?.language === "text") expected.push(next.text.trimEnd());
        expect(printed).to.deep.equal(expected);
      } else if (block.language === "text" && block.marks.has("server")) {
        // On Windows a signal from outside ends a program without output.
        server?.stop("SIGINT");
        const code = await server?.ended;
        if (process.platform !== "win32") {
          expect(server?.lines.slice(1)).to.deep.equal([block.text.trimEnd()]);
          expect(code).to.equal(0);
        }
      }
    }
    expect(printed).to.include("SquareRoot(16) = 4");
    expect(server, "the page starts a server").to.not.equal(undefined);
  });
});

function fileBlock(blocks: readonly Block[], file: string): string {
  const block = blocks.find(({ marks }) => marks.get("file") === file);
  if (!block) throw new Error(`the page has no block for ${file}`);
  return block.text;
}

/** A command in a terminal, with PORT in its environment. */
class Terminal {
  readonly lines: string[] = [];
  errors = "";
  /** Its exit code, after it has ended and all its output has arrived. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #reader: Interface;

  constructor(command: string, cwd: string, port: string) {
    const [program = "", ...args] = command.trim().split(" ");
    const child = spawn(program === "node" ? process.execPath : program, args, {
      cwd,
      env: { ...process.env, PORT: port },
      stdio: ["ignore", "pipe", "pipe"],
      // npx is a script of the shell on Windows. Node is started without one, so that a signal reaches it.
      shell: program !== "node" && process.platform === "win32",
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.#child = child;
    this.#reader = createInterface(child.stdout).on("line", (line) => this.lines.push(line));
    this.ended = Promise.all([once(child, "close"), once(this.#reader, "close")]).then(() => child.exitCode);
  }

  /** The first line that it prints. Rejects with its stderr if it ends without one. */
  async line(): Promise<string> {
    if (this.lines.length === 0) await Promise.race([once(this.#reader, "line"), this.ended]);
    const [first] = this.lines;
    if (first === undefined) throw new Error(`it ended and had printed nothing:\n${this.errors}`);
    return first;
  }

  stop(signal: "SIGINT" | "SIGKILL"): void {
    this.#child.kill(signal);
  }
}
