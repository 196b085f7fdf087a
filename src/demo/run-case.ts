import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, connect, startChild, startServer, waitUntilServing } from "../host/index.js";
import { type MergedCall, mergeCalls, parseJsonLines } from "../tap/index.js";
import type { Pair } from "./pairs.js";

/** One side of a {@link Pair.raw}, as a program. */
const rawProgram = new URL("raw.js", import.meta.url);

/** The client was stopped: no verdict on the lesson. */
export class Interrupted extends Error {}

/** How long a server may take until it says that it serves, in milliseconds. */
const servingMs = 60_000;

/**
 * Runs one case of a pair as two processes on a free port, and returns what passed between them, both sides merged. It
 * leaves no process and no file, however it ends.
 *
 * @param how `raw`: the two processes run the pair's `raw.ts`
 * @param signal stops both processes
 * @throws Interrupted if the client was stopped
 * @throws Error if a process did not end well: the lesson did not happen
 */
export async function runCase(
  pair: Pair,
  name: string,
  how: { readonly raw: boolean },
  signal: AbortSignal,
): Promise<readonly MergedCall[]> {
  const folder = await mkdtemp(join(tmpdir(), "quartet-"));
  const file = (side: string) => join(folder, `${side}.jsonl`);
  const running: Child[] = [];
  const stopAll = () => Promise.all(running.map((child) => child.stop()));
  signal.addEventListener("abort", stopAll);
  try {
    signal.throwIfAborted();
    const bridged = ["--log-level", "warn", ...pair.serverFlags(join(folder, "files"))];
    const serverTap = ["--tap", file("server")];
    const server = how.raw
      ? await startServer(rawProgram, [pair.raw.href, ...serverTap])
      : await startServer(pair.server, [...bridged, ...serverTap]);
    running.push(server);
    signal.throwIfAborted();
    if (!how.raw) await untilServing(server.address, signal);
    const clientFlags = ["--address", server.address, "--case", name, "--tap", file("client")];
    const client = how.raw
      ? startChild(rawProgram, [pair.raw.href, ...clientFlags])
      : startChild(pair.client, clientFlags);
    running.push(client);
    const outcome = await client.ended;
    const stopped = await server.stop();
    signal.throwIfAborted();
    // Its output was closed, as by `| head`, or ctrl-c was for the client alone. Either way nothing is left to show.
    if (outcome === 130) throw new Interrupted();
    if (outcome !== 0) throw new Error(`the client of case ${name} ended with ${outcome}; what it printed says why`);
    if (stopped !== 0) throw new Error(`the server of case ${name} ended with ${stopped}; what it printed says why`);
    const [clientSide, serverSide] = await Promise.all(
      ["client", "server"].map((side) => readFile(file(side), "utf8")),
    );
    const calls = mergeCalls(parseJsonLines(clientSide ?? ""), parseJsonLines(serverSide ?? ""));
    // Without the call by which this process has asked whether the server serves: only the server has recorded it.
    return calls.filter((call) => call.sides.has("client"));
  } finally {
    await stopAll();
    signal.removeEventListener("abort", stopAll);
    await rm(folder, { recursive: true, force: true });
  }
}

async function untilServing(address: string, signal: AbortSignal): Promise<void> {
  const client = connect(address);
  try {
    await waitUntilServing(client, { signal: AbortSignal.any([signal, AbortSignal.timeout(servingMs)]) });
  } finally {
    client.close();
  }
}
