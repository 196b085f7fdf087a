// One build at a time: a server and its client, started in two terminals, both find the checkout out of date.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./freshness.mjs";

/** This file holds the id of the process that builds. */
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

/** @returns whether this process has the lock; if not, the next attempt may succeed */
function acquire() {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  // A killed process leaves its lock.
  if (!isRunning(holder())) rmSync(lock, { force: true });
  return false;
}

/** The process that has the lock; 0 if the file is empty or was removed. */
function holder() {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch {
    return 0;
  }
}

function isRunning(/** @type {number} */ pid) {
  try {
    // Signal 0 only checks whether the process exists. Process 0 is this process's group, so it counts as running.
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
