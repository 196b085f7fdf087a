import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { SingleBar } from "cli-progress";
import { Command, CommanderError } from "commander";
import prettyBytes from "pretty-bytes";
import { root } from "../runner/content/exercise.js";
import { NoArchive } from "./contents.js";
import { type Packed, pack } from "./pack.js";
import { nameOf, ownPlatform, type Platform, platformNamed, platforms } from "./platform.js";
import { verifyArchive } from "./verify.js";

const EX_USAGE = 64;
const archives = join(root, "archives");

/** Packs, with a progress bar if stderr is a terminal, and prints a line at the end. */
async function packed(platform: Platform, folder: string): Promise<Packed> {
  const name = nameOf(platform);
  const bar = new SingleBar({
    format: `${name.padEnd(12)} {step} [{bar}] {percentage} %`,
    hideCursor: true,
    clearOnComplete: true,
  });
  if (process.stderr.isTTY) bar.start(1, 0, { step: "installing" });
  try {
    const made = await pack(platform, {
      root,
      folder,
      progress: (step, share) => bar.update(share, { step: step.padEnd(10) }),
    });
    bar.stop();
    console.log(
      `${name.padEnd(12)} ${prettyBytes(made.bytes, { binary: true }).padStart(9)}  ${relative(root, made.file)}`,
    );
    return made;
  } finally {
    bar.stop();
  }
}

/** Packs for each platform, or for one, and writes the checksums with which copies are compared. */
async function packAll(name: string | undefined): Promise<void> {
  const only = name ?? process.env.PLATFORM;
  const one = only === undefined || only === "" ? undefined : platformNamed(only);
  if (only && !one) {
    const all = platforms.map(nameOf).join(", ");
    throw new CommanderError(EX_USAGE, "platform", `there is no platform ${only}: use one of ${all}`);
  }
  const made: Packed[] = [];
  for (const platform of one ? [one] : platforms) made.push(await packed(platform, archives));
  await writeSums(made);
  console.log(`
On a laptop without a network, with Node 20.19 or later:

    tar -xf quartet-workshop-….tar.gz       (Windows: tar -xf quartet-workshop-….zip)
    cd quartet
    npm run exercises`);
}

/** The checksums of all archives in the folder, also of older ones. */
async function writeSums(made: readonly Packed[]): Promise<void> {
  const path = join(archives, "SHA256SUMS");
  const names = made.map(({ file }) => basename(file));
  const before = existsSync(path) ? (await readFile(path, "utf8")).split("\n") : [];
  const others = before.filter((line) => line !== "" && !names.some((name) => line.endsWith(`  ${name}`)));
  const lines = [...others, ...made.map(({ checksum }, index) => `${checksum}  ${names[index]}`)];
  await writeFile(path, `${lines.join("\n")}\n`);
}

/** Unpacks this machine's archive elsewhere, and does the whole workshop in it without a network. */
async function prove(): Promise<void> {
  const own = ownPlatform();
  if (!own) throw new NoArchive(`there is no archive for ${process.platform} ${process.arch}`);
  const folder = await mkdtemp(join(tmpdir(), "quartet-archives-"));
  try {
    const { file } = await packed(own, folder);
    const failed = await verifyArchive(file, (line) => console.log(line));
    console.log("");
    for (const line of failed) console.log(`✗ ${line}`);
    if (failed.length > 0) process.exitCode = 1;
    else console.log("✓ the workshop works from an archive, without a network");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const command = new Command("archive").description("The workshop for a room without a network.").exitOverride();
command.command("pack [platform]").description("one archive for each platform, or for one").action(packAll);
command.command("verify").description("proves that this machine's archive needs no network").action(prove);

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE;
    if (error.code === "platform") console.error(`workshop-archive: ${error.message}`);
  } else if (error instanceof NoArchive) {
    console.error(`workshop-archive: ${error.message}`);
    process.exitCode = 1;
  } else throw error;
}
