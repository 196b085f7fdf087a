// The server-streaming pair with grpc-js and ts-proto alone, as `make server-streaming RAW=1` runs it. Beside it,
// vitals.ts, server.ts and client.ts are the same with the bridge.
import {
  type ClientOptions,
  credentials,
  type handleServerStreamingCall,
  Server,
  type ServerOptions,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { type ReplayRequest, type ReplayResponse, VitalsClient, VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { HostMetrics, type Metrics } from "./host-metrics/metrics.js";

/** A server with Replay, on no port yet. Another method of the contract is UNIMPLEMENTED. */
export function build(options: ServerOptions = {}): Server {
  const server = new Server(options);
  server.addService(VitalsService, { replay: replay(new HostMetrics(), console.error) });
  return server;
}

// #region raw
export function replay(
  metrics: Metrics,
  log: (error: unknown) => void,
): handleServerStreamingCall<ReplayRequest, ReplayResponse> {
  // grpc-js ignores the promise of an async handler: whatever this function throws, it has to catch.
  return async (call) => {
    const count = call.request.count || 5_000;
    if (count > 1_000_000) {
      call.emit("error", { code: status.INVALID_ARGUMENT, details: "count: must be at most 1000000" });
      return;
    }
    const stop = metrics.start();
    try {
      for (let sequence = 1; sequence <= count; sequence += 1) {
        // false: the reader is slow. A server that writes on fills its memory with unread messages.
        if (!call.write({ sequence, ...metrics.measure() })) await room(call);
        if (call.cancelled) return;
      }
      call.end();
    } catch (error) {
      log(error);
      // With the error itself, its message would go to the client, and any secret in it.
      call.emit("error", { code: status.UNKNOWN, details: "the server failed; its log says more" });
    } finally {
      stop();
    }
  };
}

/** After a cancel no 'drain' comes: a handler that waits for it alone never ends, and keeps measuring. */
function room(call: ServerWritableStream<ReplayRequest, ReplayResponse>): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      call.off("drain", go).off("cancelled", go);
      resolve();
    };
    if (call.cancelled) resolve();
    else call.on("drain", go).on("cancelled", go);
  });
}
// #endregion

/** Reads five readings of every metric, and says how many came. */
export async function run(address: string, signal: AbortSignal, options: ClientOptions = {}): Promise<void> {
  signal.throwIfAborted();
  const client = new VitalsClient(address, credentials.createInsecure(), options);
  const call = client.replay({ count: 5 }, { deadline: Date.now() + 5_000 });
  const cancel = () => call.cancel();
  signal.addEventListener("abort", cancel);
  try {
    // The loop sets the pace: while it is busy, grpc-js reads no further.
    for await (const { sequence } of call) console.log(`  round ${sequence}`);
  } finally {
    signal.removeEventListener("abort", cancel);
    // A loop that is left early ends the stream here, and not the call: without this, the server would write on.
    call.cancel();
    client.close();
  }
}
