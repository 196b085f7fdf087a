// The bidirectional pair with grpc-js and ts-proto alone, as `make bidi RAW=1` runs it. Beside it, dialogue.ts,
// server.ts and client.ts are the same with the bridge.
import type { ClientOptions, handleBidiStreamingCall, ServerOptions } from "@grpc/grpc-js";
import { credentials, Server, status } from "@grpc/grpc-js";
import { type Ball, DialogueClient, DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";

/** A server with PingPong, on no port yet. Another method of the contract is UNIMPLEMENTED. */
export function build(options: ServerOptions = {}): Server {
  const server = new Server(options);
  server.addService(DialogueService, { pingPong });
  return server;
}

// #region raw
export const pingPong: handleBidiStreamingCall<Ball, Ball> = (call) => {
  let over = false;
  // Not `for await`: after the last request it destroys the stream in both directions, and no status is sent.
  call.on("data", ({ stroke }) => {
    // More requests can come after the end of the call. What this listener throws would end the process.
    if (over) return;
    if (stroke === 4_294_967_295) {
      over = true;
      call.emit("error", { code: status.OUT_OF_RANGE, details: `stroke ${stroke} is the last that can be numbered` });
      return;
    }
    // false: the client does not read. Then its requests have to wait, or the answers pile up in memory.
    if (!call.write({ stroke: stroke + 1 })) call.pause();
  });
  call.on("drain", () => call.resume());
  call.on("end", () => {
    // A cancel looks like a half-close until its reset arrives. Two turns catch most of them, and nothing catches all.
    setImmediate(() =>
      setImmediate(() => {
        if (!over) call.end();
        over = true;
      }),
    );
  });
  // Comes after every call, also after one that ended well.
  call.on("cancelled", () => {
    over = true;
  });
};
// #endregion

/** Plays until stroke 6, and says all strokes. */
export async function run(address: string, signal: AbortSignal, options: ClientOptions = {}): Promise<void> {
  signal.throwIfAborted();
  const client = new DialogueClient(address, credentials.createInsecure(), options);
  const call = client.pingPong({ deadline: Date.now() + 5_000 });
  const cancel = () => call.cancel();
  signal.addEventListener("abort", cancel);
  const rally: number[] = [];
  const hit = (stroke: number) => {
    rally.push(stroke);
    // In turns, one ball is on its way at most. A client that does not wait for answers must look at what write() says.
    call.write({ stroke });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      call.on("error", reject).on("end", resolve);
      call.on("data", ({ stroke }) => {
        rally.push(stroke);
        if (stroke < 6) hit(stroke + 1);
        else call.end(); // the half-close: the server ends the call now
      });
      hit(1);
    });
    console.log(`  ${rally.join(" ")}: odd ones out, even ones back`);
  } finally {
    signal.removeEventListener("abort", cancel);
    call.cancel(); // if the game broke off: without it, the server would wait for the next ball
    client.close();
  }
}
