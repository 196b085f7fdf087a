import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** The processors for server and client, or why there are none. */
export type Pinning =
  | { readonly pinned: true; readonly server: number; readonly client: number }
  | { readonly pinned: false; readonly why: string };

/** Two processors with separate cores, among those that this process may use. */
export function findPinning(): Pinning {
  if (process.platform !== "linux") return { pinned: false, why: `${process.platform} has no taskset` };
  if (spawnSync("taskset", ["--version"]).error) return { pinned: false, why: "taskset is not installed" };
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const [server, ...others] = parseList(list);
  // Two threads of one core would take turns, like one processor.
  const client =
    server === undefined ? undefined : (others.find((each) => !siblings(server).includes(each)) ?? others[0]);
  if (server === undefined || client === undefined) return { pinned: false, why: "there is one processor only" };
  return { pinned: true, server, client };
}

function siblings(processor: number): number[] {
  const file = `/sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`;
  return existsSync(file) ? parseList(readFileSync(file, "utf8").trim()) : [];
}

/** Reads a list of processors as Linux writes it: `0-3,8`. */
export function parseList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** `command` with `args`, bound to a processor if pinning is possible. */
export function bound(
  pinning: Pinning,
  side: "server" | "client",
  command: string,
  args: readonly string[],
): readonly [string, string[]] {
  if (!pinning.pinned) return [command, [...args]];
  return ["taskset", ["--cpu-list", String(pinning[side]), command, ...args]];
}
