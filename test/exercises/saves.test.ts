import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "chai";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";

const { Saves } = await import("../../exercises/runner/saves.js");

/** A folder that is watched, and a wait for the next file that it tells of. */
async function watched() {
  const folder = await mkdtemp(join(tmpdir(), "quartet-saves-"));
  const told: string[] = [];
  let wake = () => {};
  const saves = new Saves(folder, (path) => {
    told.push(basename(path));
    wake();
  });
  afterTheTest(async () => {
    await saves.close();
    await rm(folder, { recursive: true });
  });
  saves.known(join(folder, "first"));
  await writeFile(join(folder, "first"), "");
  const tells = async (name: string) => {
    while (told.at(-1) !== name) await new Promise<void>((resolve) => (wake = resolve));
  };
  // It was there before anybody looked.
  await tells("first");
  const path = (name: string) => join(folder, name);
  for (const name of ["a", "b", "c", "mine", "yours"]) saves.known(path(name));
  return { saves, folder, told, tells, path };
}

describe("Saves", () => {
  it("tells of each save once, whichever watcher sees it first", async () => {
    const { folder, told, tells, path } = await watched();
    for (const name of ["a", "b", "c"]) {
      await writeFile(path(name), "");
      await tells(name);
    }
    // Another file in the place of the old one, as many editors save.
    await writeFile(`${folder}.new`, "more");
    await rename(`${folder}.new`, path("b"));
    await tells("b");
    expect(told).to.deep.equal(["first", "a", "b", "c", "b"]);
  });

  it("tells of what was saved before it looked", async () => {
    const { told } = await watched();
    expect(told).to.deep.equal(["first"]);
  });

  it("tells of what is saved in a folder that was made anew", async () => {
    const { folder, told, tells, path } = await watched();
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await writeFile(path("a"), "");
    await tells("a");
    expect(told).to.deep.equal(["first", "a"]);
  });

  it("does not tell of what is known already", async () => {
    const { saves, told, tells, path } = await watched();
    // In one turn: in the next one it may have been told.
    writeFileSync(path("mine"), "");
    saves.known(path("mine"));
    await writeFile(path("yours"), "");
    await tells("yours");
    expect(told).to.deep.equal(["first", "yours"]);
  });
});
