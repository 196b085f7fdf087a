import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Implementation } from "./implementations/implementation.js";
import { endToEnd, type Subject, serverOf, type Work } from "./measure/subject.js";

/** The folder of the peers, which have their own dependencies. See its README. */
const folder = new URL("../../bench/peers/", import.meta.url);

/** The peers, and the packages whose versions a report names for each. */
const packages = {
  "proto-loader": ["@grpc/proto-loader"],
  "nice-grpc": ["nice-grpc"],
  connect: ["@connectrpc/connect", "@connectrpc/connect-node", "@bufbuild/protobuf"],
  nestjs: ["@nestjs/microservices", "@nestjs/core"],
};
const names = Object.keys(packages);

/** Installs the peers if they are missing, which needs a registry. @returns whether they are there */
export function installPeers(): boolean {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL("install.js", folder))], {
    stdio: ["ignore", 2, 2],
  });
  return status === 0;
}

/** The peers that are installed: all of them or none. */
function installedPeers(): readonly string[] {
  return existsSync(new URL("node_modules", folder)) ? names : [];
}

/** The versions of the peers' packages; empty if the peers are not installed. */
export function peerVersions(): Record<string, string> {
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, folder), "utf8")).version;
  const installed = installedPeers().length > 0 ? Object.values(packages).flat() : [];
  return Object.fromEntries(installed.map((name) => [name, versionOf(name)]));
}

/** The peer with this name; undefined if there is none. Loaded only here, because its packages may be missing. */
export async function peerNamed(name: string): Promise<Implementation | undefined> {
  return names.includes(name) ? import(new URL(`peers/${name}.js`, folder).href) : undefined;
}

export function peerServers(): Pick<Subject, "name" | "server">[] {
  return installedPeers().map((name) => ({ name, server: serverOf(name) }));
}

/** The peers as subjects of a work: unary, down, up or pingPong. */
export function peersFor(work: Work): Subject[] {
  return installedPeers().map((name) => endToEnd(name, work));
}
