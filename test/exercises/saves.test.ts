import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "chai";
import { afterTheTest } from "../loopback.js";

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
  // It was there before anybody looked; that it is told says that both watchers look now.
  await tells("first");
  return { saves, told, tells, path: (name: string) => join(folder, name) };
}

describe("Saves", () => {
  it("tells of each save once, whichever watcher sees it first", async () => {
    const { told, tells, path } = await watched();
    for (const name of ["a", "b", "c"]) {
      await writeFile(path(name), "");
      await tells(name);
    }
    // Another file in the place of the old one, as many editors save.
    await writeFile(path("b.new"), "more");
    await tells("b.new");
    await rename(path("b.new"), path("b"));
    await tells("b");
    expect(told).to.deep.equal(["first", "a", "b", "c", "b.new", "b"]);
  });

  it("tells of what was saved before it looked", async () => {
    const { told } = await watched();
    expect(told).to.deep.equal(["first"]);
  });

  it("does not tell of what is known already", async () => {
    const { saves, told, tells, path } = await watched();
    await writeFile(path("mine"), "");
    saves.known(path("mine"));
    await writeFile(path("yours"), "");
    await tells("yours");
    expect(told).to.deep.equal(["first", "yours"]);
  });
});
