import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { afterTheTest, gate } from "../../bridge/test/harness/loopback.js";
import { root } from "../docs/blocks.js";

/** A program of the suite with all the processes that it starts, in one process group, as in a terminal. */
export interface ProcessGroup {
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Settles when stdout contains `part`, or the program has ended. */
  saw(part: string): Promise<void>;
  /** Closes the reading end of its stdout, as `| head` does. */
  closeOutput(): void;
  /** Sends a signal to every process of the group, which is what ctrl-c does. */
  signal(name: NodeJS.Signals): void;
  /** Whether a process of the group is still there. */
  alive(): boolean;
}

/** What the programs read from the environment: only a test sets it. */
const ours = ["ALL", "CASE", "RAW", "PORT", "ADDRESS", "LOG_LEVEL", "FORCE_COLOR"];

/** Starts `node` with a compiled program, given by its path below dist/src, in a process group of its own. */
export function startGroup(
  program: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): ProcessGroup {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.includes(name)));
  const child = spawn(process.execPath, [`dist/src/${program}`, ...args], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...inherited, NO_COLOR: "1", ...env },
  });
  const group = -(child.pid ?? 0);
  const signal = (name: NodeJS.Signals | 0) => {
    try {
      return process.kill(group, name);
    } catch {
      return false;
    }
  };
  afterTheTest(() => signal("SIGKILL"));

  let [stdout, stderr] = ["", ""];
  const awaited: { part: string; open: () => void }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const { part, open } of awaited) if (stdout.includes(part)) open();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // 'close' comes when the last process that holds the pipes has gone, and not only the first one.
  const ended = once(child, "close").then(([code]: (number | null)[]) => {
    for (const { open } of awaited) open();
    return code ?? null;
  });
  return {
    closeOutput: () => child.stdout.destroy(),
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    saw(part) {
      const { opened, open } = gate();
      awaited.push({ part, open });
      if (stdout.includes(part)) open();
      return opened;
    },
    signal,
    alive: () => signal(0),
  };
}

/** The addresses that a program says its servers listen on. */
export function addressesIn(output: string): string[] {
  return [...output.matchAll(/listening on (127\.0\.0\.1:\d+)/g)].map(([, address]) => address ?? "");
}

/** Whether something accepts connections at `address`. */
export async function accepts(address: string): Promise<boolean> {
  const [host, port] = address.split(":");
  const socket = connect({ host: host ?? "", port: Number(port) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The process has ended, and so has every process that it started, and their ports are free again. */
export async function expectNothingLeft(group: ProcessGroup): Promise<void> {
  expect(group.alive(), "a process of the demo lives on").to.equal(false);
  for (const address of addressesIn(group.stdout())) {
    expect(await accepts(address), `${address} still accepts connections`).to.equal(false);
  }
}
