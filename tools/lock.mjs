// One build at a time: a server and its client that start in two terminals find the same checkout out of date.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./freshness.mjs";

/** It holds the id of the process that builds. */
export const lock = join(root, ".building");

/** Runs `work` when no other process builds. */
export function withLock(/** @type {() => void} */ work) {
  let told = false;
  while (!acquire()) {
    if (!told) console.error(`quartet: waiting for a build in another terminal (${lock}) …`);
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** @returns whether the lock is ours; if not, it may be at the next attempt */
function acquire() {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  // A process that was killed has left it.
  if (!isRunning(holder())) rmSync(lock, { force: true });
  return false;
}

/** 0 in the moment in which the file is there and empty, or gone again. */
function holder() {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch {
    return 0;
  }
}

function isRunning(/** @type {number} */ pid) {
  try {
    // Signal 0 only asks; so does process 0, which is a group of this process.
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
