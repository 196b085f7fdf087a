import { hasSubscribers } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { onStalledPeer } from "quartet-bridge";
import type { JoinRequest } from "#gen/quartet/chat/v1/chat.js";
import type { Hosting, HostOptions } from "../../../src/host/index.js";
import { collected } from "../../measure/memory.js";
import type { FromServer, Gauges, ServerQuestion } from "../protocol.js";

/**
 * A server process with the chat, started with `--expose-gc` and an IPC channel. It reports its port and the members
 * that it cuts, and answers what it holds. After the drain it ends when nothing keeps it alive.
 *
 * @param build the function that builds the server
 */
export async function soaked(build: (options: HostOptions) => Hosting): Promise<void> {
  const calls = watchedCalls(tell);
  const hosting = build({ interceptors: [calls.interceptor] });
  const forgetStalledPeers = onStalledPeer(({ peer }) => calls.stalled(peer));

  async function answer(question: ServerQuestion): Promise<void> {
    if (question === "drain") {
      // All members have left, so a call that is still open is a fault, which shows in the gauges.
      await hosting.drain(0);
      forgetStalledPeers();
    }
    tell({ says: "gauges", gauges: await gauges(hosting, calls.open) });
    // From now on only resources of the server keep the process alive.
    if (question === "drain") process.channel?.unref();
  }

  // A server must not outlive its harness.
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

interface JoinCall {
  readonly peer: string;
  name: string;
}

/** Follows the chat's calls nearest the wire, and reports the members that the server cuts, and those that are gone. */
interface WatchedCalls {
  readonly interceptor: ServerInterceptor;
  readonly open: number;
  /** The peer did not take the status of a call in time, so its connection is cut. */
  stalled(peer: string): void;
}

function watchedCalls(tell: (message: FromServer) => void): WatchedCalls {
  const calls = new Set<JoinCall>();
  return {
    interceptor: (_method, towardsWire) => {
      const call: JoinCall = { peer: towardsWire.getPeer(), name: "" };
      return new ServerInterceptingCall(towardsWire, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, pass) => {
              calls.add(call);
              pass(metadata);
            },
            onReceiveMessage: (message: JoinRequest, pass) => {
              if (message.frame?.$case === "enter") call.name = message.frame.enter.name;
              pass(message);
            },
            // grpc-js reports a "cancel" once after every call, also after a success.
            onCancel: () => {
              calls.delete(call);
              if (![...calls].some(({ name }) => name === call.name)) tell({ says: "gone", name: call.name });
            },
          }),
      });
    },
    get open() {
      return calls.size;
    },
    // Each member has a connection of its own.
    stalled(peer) {
      for (const call of calls) if (call.peer === peer) tell({ says: "cut", name: call.name });
    },
  };
}
