import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inflateRawSync } from "node:zlib";
import { expect } from "chai";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { bridgeOf, contentsOf, dependenciesOf, NoArchive } from "../../exercises/archive/contents.js";
import { write } from "../../exercises/archive/pack.js";
import { nameOf, platformNamed, platforms } from "../../exercises/archive/platform.js";
import { programOf } from "../program-of.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quartet archive "));
  afterTheTest(() => rm(folder, { recursive: true }));
  return folder;
}

/** Dependencies of one package with a program, as npm installs them here. */
async function dependencies(): Promise<string> {
  const folder = await emptyFolder();
  const files = {
    ".package-lock.json": "{}",
    "tool/bin/tool.js": "#!/usr/bin/env node\n",
    "tool-more/a.js": "",
    "tool/z.js": "",
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "node_modules", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  await chmod(join(folder, "node_modules/tool/bin/tool.js"), 0o755);
  await mkdir(join(folder, "node_modules/.bin"));
  await symlink("../tool/bin/tool.js", join(folder, "node_modules/.bin/tool"));
  await symlink("../bridge", join(folder, "node_modules/quartet-bridge"), "junction");
  return folder;
}

/** Unpacks a zip by the directory at its end; PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16. */
async function unzip(file: string, folder: string): Promise<void> {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, ...otherLengths] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString("utf8", at + 46, at + 46 + (nameLength ?? 0));
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(data, data + bytes.readUInt32LE(at + 20));
    if (!name.endsWith("/")) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed);
    }
    at += 46 + (nameLength ?? 0) + otherLengths.reduce((sum, length) => sum + length, 0);
  }
}

const linux = { os: "linux", cpu: "x64" } as const;
const windows = { os: "win32", cpu: "arm64" } as const;

describe("the workshop's archive", () => {
  it("knows six platforms by their names, and no other", () => {
    expect(platforms.map(nameOf)).to.have.lengthOf(6).and.include("darwin-arm64");
    expect(platformNamed("win32-x64")).to.deep.equal({ os: "win32", cpu: "x64" });
    expect(platformNamed("sunos-x64")).to.equal(undefined);
  });

  it("holds the files in git and what the build made of them, and no work of a learner", () => {
    const names = contentsOf(root).map(({ name }) => name);
    expect(names).to.include.members([
      "package.json",
      "exercises/01-one-question-one-answer/solution.ts",
      "dist/.stamp",
      "src/gen/.stamp",
      "bridge/dist/index.js",
      "bridge/src/gen/google/rpc/status.ts",
    ]);
    expect(names.filter((name) => /^(work|node_modules|coverage|archives|\.git)(\/|$)/.test(name))).to.deep.equal([]);
  });

  it("can only be made in a clone, and says so", async () => {
    const folder = await emptyFolder();
    expect(() => contentsOf(folder)).to.throw(NoArchive, "make archives in a clone");
  });

  it("has commands instead of links for Windows, where users cannot make links", async () => {
    const entries = dependenciesOf(await dependencies(), windows);
    expect(entries.filter(({ kind }) => kind === "link")).to.deep.equal([]);
    expect(entries).to.deep.include({
      kind: "text",
      name: "node_modules/.bin/tool.cmd",
      text: '@node "%~dp0\\..\\tool\\bin\\tool.js" %*\r\n',
      later: 0,
    });
  });

  it("gives all files one time, the stamps a later one, and each file its permissions", async () => {
    const folder = await emptyFolder();
    const file = join(folder, "a.tar.gz");
    const shares: number[] = [];
    await write(dependenciesOf(await dependencies(), linux), file, linux, (share) => shares.push(share));
    execFileSync("tar", ["-xf", file, "-C", folder]);
    const at = (name: string) => join(folder, "quartet", "node_modules", name);
    const time = (name: string) => statSync(at(name)).mtimeMs;
    for (const name of ["tool/bin/tool.js", "tool/z.js", "tool", "tool/bin", "tool-more"])
      expect(time(".package-lock.json") - time(name), name).to.equal(60_000);
    expect(time("tool")).to.be.below(Date.now());
    expect(statSync(at("tool/bin/tool.js")).mode & 0o111).to.equal(0o111);
    expect(lstatSync(at(".bin/tool")).isSymbolicLink()).to.equal(true);
    expect(readFileSync(at(".bin/tool"), "utf8")).to.include("env node");
    expect(shares.at(-1)).to.equal(1);
  });

  for (const [name, platform] of Object.entries({ "a.zip": windows, "a.tar.gz": linux })) {
    it(`holds the bridge as a folder that shows changes in bridge/dist: ${name}`, async () => {
      const checkout = await emptyFolder();
      await mkdir(join(checkout, "bridge/dist"), { recursive: true });
      await writeFile(join(checkout, "bridge/package.json"), readFileSync(join(root, "bridge/package.json")));
      const file = join(await emptyFolder(), name);
      await write([...dependenciesOf(await dependencies(), platform), ...bridgeOf(checkout)], file, platform);
      const folder = await emptyFolder();
      expect(readFileSync(file).subarray(0, 4).toString("latin1") === "PK\x03\x04").to.equal(platform === windows);
      if (platform === windows) await unzip(file, folder);
      else execFileSync("tar", ["-xf", file, "-C", folder]);
      const unpacked = join(folder, "quartet");
      expect(lstatSync(join(unpacked, "node_modules/quartet-bridge")).isDirectory()).to.equal(true);
      expect(existsSync(join(unpacked, "node_modules/quartet-bridge.cmd"))).to.equal(false);
      expect(existsSync(join(unpacked, "node_modules/quartet-bridge/dist/index.d.ts"))).to.equal(true);

      await mkdir(join(unpacked, "bridge/dist"), { recursive: true });
      await writeFile(join(unpacked, "bridge/package.json"), '{ "type": "module" }');
      await writeFile(join(unpacked, "bridge/dist/index.js"), "export const compiled = 'a moment ago';\n");
      const resolved = createRequire(join(unpacked, "package.json")).resolve("quartet-bridge");
      expect(await import(pathToFileURL(resolved).href)).to.deep.include({ compiled: "a moment ago" });
    });
  }

  it("appears when it is complete: after an error no file is left", async () => {
    const from = await dependencies();
    const entries = dependenciesOf(from, linux);
    await rm(join(from, "node_modules/tool/z.js"));
    const file = join(await emptyFolder(), "a.tar.gz");
    let error: unknown;
    await write(entries, file, linux).catch((reason: unknown) => (error = reason));
    expect(String(error)).to.include("z.js");
    expect([existsSync(file), existsSync(`${file}.part`)]).to.deep.equal([false, false]);
  });

  it("lists the platforms if you ask for another, and ends with 64", async () => {
    const { code, stderr } = await programOf("../exercises/archive/main", ["pack", "sunos-x64"]);
    expect({ code, stderr }).to.deep.equal({
      code: 64,
      stderr: `workshop-archive: there is no platform sunos-x64: use one of ${platforms.map(nameOf).join(", ")}\n`,
    });
  });
});
