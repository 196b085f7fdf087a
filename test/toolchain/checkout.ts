import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { ended, type Ran } from "../program-of.js";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** `describe`, except on Windows, which has no make and no shell scripts. A skipped test would fail. */
export function describeOnPosix(title: string, tests: () => void): void {
  if (process.platform !== "win32") describe(title, tests);
}

/** What the program of the small checkout prints: its arguments, and some of its environment. */
const program = `
declare const process: { argv: string[]; env: Record<string, string | undefined> };
declare const console: { log(text: string): void };
console.log(JSON.stringify({ args: process.argv.slice(2), title: process.env["TITLE"] ?? null }));
export {};
`;

const options = { target: "ES2023", module: "NodeNext", strict: true, skipLibCheck: true, types: [], lib: ["ES2023"] };

/**
 * A small checkout with a blank in its path: our Makefile, our tools and the real compiler. A script replaces `buf`,
 * which would need real plugins. A test may replace npm.
 */
export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), "quartet build "));
  /** Programs in this folder are found first. */
  readonly bin = mkdtempSync(join(tmpdir(), "quartet bin "));

  constructor(built?: Checkout) {
    if (built) {
      cpSync(built.folder, this.folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      return;
    }
    cpSync(join(root, "tools"), this.at("tools"), { recursive: true });
    cpSync(join(root, "Makefile"), this.at("Makefile"));
    this.write("package.json", JSON.stringify({ type: "module" }));
    this.write("bridge/package.json", JSON.stringify({ type: "module" }));
    this.write("tsconfig.base.json", JSON.stringify({ compilerOptions: options }));
    const output = { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/tsconfig.tsbuildinfo" };
    const compilerOptions = { composite: true, ...output };
    const bridge = { extends: "../tsconfig.base.json", compilerOptions, include: ["src"] };
    this.write("bridge/tsconfig.json", JSON.stringify(bridge));
    const suite = {
      extends: "./tsconfig.base.json",
      compilerOptions: { incremental: true, declaration: true, sourceMap: true, rootDir: ".", outDir: "dist" },
      references: [{ path: "./bridge" }],
      include: ["src", "test", "exercises"],
    };
    this.write("tsconfig.json", JSON.stringify(suite));
    this.write("bridge/src/index.ts", "export const bridge = 1;\n");
    this.write("proto/a.proto", "");
    for (const name of [
      "src/client-streaming/upload-client/upload-file",
      "src/bidirectional/chat-client/terminal",
      "exercises/runner/main",
    ])
      this.write(`${name}.ts`, program);
    this.write("package-lock.json", JSON.stringify({ packages: lockedTools() }));
    this.install();
  }

  /** A checkout that is removed after the test: a new one, or a copy of one that is built. */
  static forTheTest(built?: Checkout): Checkout {
    const checkout = new Checkout(built);
    afterTheTest(() => checkout.remove());
    return checkout;
  }

  remove(): void {
    for (const folder of [this.folder, this.bin]) rmSync(folder, { recursive: true, force: true });
  }

  at(path: string): string {
    return join(this.folder, path);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
  }

  read(path: string): string {
    return readFileSync(this.at(path), "utf8");
  }

  /** Makes node_modules as `npm ci` leaves it. */
  install(): void {
    rmSync(this.at("node_modules"), { recursive: true, force: true });
    this.write("node_modules/@bufbuild/buf/bin/buf", fakeBuf);
    for (const name of ["typescript", "@typescript"])
      symlinkSync(join(root, "node_modules", name), this.at(`node_modules/${name}`), "junction");
    this.write("node_modules/native-tool/package.json", "{}");
    this.write("node_modules/.package-lock.json", "{}");
  }

  /** Replaces a program that is found by its name, for example npm. */
  replace(name: string, script: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.bin, name), 0o755);
  }

  /** Starts a command in the checkout, without the variables that make gave to this process. */
  start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const { MAKEFLAGS: _f, MAKEOVERRIDES: _o, MFLAGS: _m, MAKELEVEL: _l, ...inherited } = process.env;
    const path = `${this.bin}${delimiter}${inherited.PATH}`;
    const child = spawn(command, args, { cwd: this.folder, env: { ...inherited, PATH: path, ...env } });
    afterTheTest(() => child.kill("SIGKILL"));
    return child;
  }

  async run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran> {
    return ended(this.start(command, args, env));
  }

  /** `make …`, which does not print its commands. */
  make(...args: readonly string[]): Promise<Ran> {
    return this.run("make", ["-s", ...args]);
  }
}

/** One tool of the platform, as package-lock.json describes it. */
function lockedTools(): Readonly<Record<string, unknown>> {
  return {
    "node_modules/tool": { optionalDependencies: { "native-tool": "1.0.0", "foreign-tool": "1.0.0" } },
    "node_modules/native-tool": { os: [process.platform], cpu: [process.arch] },
    "node_modules/foreign-tool": { os: ["plan9"], cpu: ["mips"] },
  };
}

const fakeBuf = `
  const { mkdirSync, writeFileSync } = require("node:fs");
  for (const folder of ["src/gen", "bridge/src/gen"]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(folder + "/a.ts", "export const a = 1;\\n");
  }
`;
