import { hasSubscribers } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { onStalledPeer } from "quartet-bridge";
import type { Hosting, HostOptions } from "../../src/host/index.js";
import { collected } from "../measure/memory.js";
import type { FromServer, Gauges, ServerQuestion } from "./protocol.js";
import { watchedCalls } from "./watched-calls.js";

/**
 * A server with the chat as a process, started with `--expose-gc` and an IPC channel: says where it listens and whom it
 * cuts, and answers what it holds. It ends by itself when it has drained, if nothing keeps it alive.
 *
 * @param build the server's own
 */
export async function soaked(build: (options: HostOptions) => Hosting): Promise<void> {
  const calls = watchedCalls(tell);
  const hosting = build({ interceptors: [calls.interceptor] });
  const forgetStalledPeers = onStalledPeer(({ peer }) => calls.stalled(peer));

  async function answer(question: ServerQuestion): Promise<void> {
    if (question === "drain") {
      // Nobody is in any more: a call that is open is one too many, and is seen in the gauges.
      await hosting.drain(0);
      forgetStalledPeers();
    }
    tell({ says: "gauges", gauges: await gauges(hosting, calls.open) });
    // From here on the process lives as long as something of the server's keeps it alive.
    if (question === "drain") process.channel?.unref();
  }

  // A server whose harness has been killed must not live on.
  process.on("disconnect", () => process.exit());
  process.on("message", (question: ServerQuestion) => void answer(question));
  const { port } = await hosting.listen();
  tell({ says: "listening", port });
}

async function gauges(hosting: Hosting, openCalls: number): Promise<Gauges> {
  const { heapUsed, external, rss } = await collected();
  return {
    heap: heapUsed,
    external,
    resident: rss,
    openCalls,
    listeners: {
      ...Object.fromEntries(process.eventNames().map((event) => [String(event), process.listenerCount(event)])),
      draining: getEventListeners(hosting.draining, "abort").length,
      "stalled-peer": hasSubscribers("quartet.bridge.stalled-peer") ? 1 : 0,
    },
    handles: counted(process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate")),
  };
}

function counted(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of [...kinds].sort()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function tell(message: FromServer): void {
  process.send?.(message);
}
