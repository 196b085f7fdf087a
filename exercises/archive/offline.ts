import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

/** A way to run a program that can reach only this machine. */
export interface Offline {
  /** The way, described in a sentence. */
  readonly how: string;
  /** @returns the exit code; null if a signal ended it */
  readonly run: (command: string, args: readonly string[], cwd: string) => Promise<number | null>;
}

/** A network namespace that has only the loopback. A user namespace makes it possible without root. */
const namespaces = [
  ["unshare", "--net"],
  ["unshare", "--map-root-user", "--net"],
];
const withLoopback = ["sh", "-c", 'ip link set lo up && exec "$0" "$@"'];

/** The strictest way that this machine allows. */
export async function offline(): Promise<Offline> {
  for (const [unshare = "", ...flags] of process.platform === "linux" ? namespaces : []) {
    const wrapped = [...flags, ...withLoopback];
    const works = await promisify(execFile)(unshare, [...wrapped, "true"]).then(
      () => true,
      () => false,
    );
    if (works) {
      return {
        how: "in a network namespace of its own, which has the loopback alone",
        run: (command, args, cwd) => run(unshare, [...wrapped, command, ...args], cwd, {}),
      };
    }
  }
  const refuse = new URL("refuse-network.js", import.meta.url).href;
  return {
    how: "with every connection refused that leaves this machine",
    run: (command, args, cwd) => run(command, args, cwd, { NODE_OPTIONS: `--import=${refuse}` }),
  };
}

async function run(command: string, args: readonly string[], cwd: string, more: Readonly<Record<string, string>>) {
  const child = spawn(command, [...args], {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...more },
  });
  const [code] = await once(child, "close");
  return code as number | null;
}
