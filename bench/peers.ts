import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { flagsOf } from "./implementations/task.js";
import type { Subject, Work } from "./measure/subject.js";

/** Where the peers live, with dependencies of their own; see its README. */
const folder = new URL("../../bench/peers/", import.meta.url);
const file = fileURLToPath(new URL("main.js", folder));

/** A peer and what it is made of. */
export interface Peer {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** What the peers' processes know how to do. */
const known: ReadonlySet<string> = new Set(["unary", "down", "up", "pingPong", "fanOut"]);

/** Those of the peers that the suite has itself, where it is their server and client that is measured. */
const ours: ReadonlySet<string> = new Set(["bare", "http2"]);

/** Installs the peers where they are not yet; needs a registry then. @returns whether they are there */
export function installPeers(): boolean {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL("install.js", folder))], {
    stdio: ["ignore", 2, 2],
  });
  return status === 0;
}

let peers: readonly Peer[] | undefined;

/** The peers that are installed here; none where bench/peers has not been installed. */
export function installedPeers(): readonly Peer[] {
  peers ??= askForPeers();
  return peers;
}

function askForPeers(): Peer[] {
  if (!existsSync(new URL("node_modules", folder))) return [];
  const { stdout } = spawnSync(process.execPath, [file, "versions"], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { peer: string; versions: Record<string, string> })
    .map(({ peer, versions }) => ({ name: peer, versions }))
    .filter(({ name }) => !ours.has(name));
}

/** The peers' servers. */
export function peerServers(): Pick<Subject, "name" | "server">[] {
  return installedPeers().map(({ name }) => ({ name, server: { file, args: ["server", name] } }));
}

/** The peers as subjects of a work that they can do. */
export function peersFor(work: Work): Subject[] {
  if (!known.has(work.work)) return [];
  return peerServers().map(({ name, server }) => ({
    name,
    server,
    client: (port, amount) => ({
      file,
      args: ["client", name, "--port", String(port), ...flagsOf({ ...work, ...amount })],
    }),
  }));
}
