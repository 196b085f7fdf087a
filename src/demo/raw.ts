import { parseArgs } from "node:util";
import { type ClientOptions, type Server, ServerCredentials, type ServerOptions } from "@grpc/grpc-js";
import { type ListeningMessage, onStopRequest, tapFile } from "../host/index.js";

/** What the `raw.ts` of a folder exports: a server and a client with grpc-js alone. */
export interface RawPair {
  build(options: ServerOptions): Server;
  run(address: string, signal: AbortSignal, options: ClientOptions): Promise<void>;
}

// One side of a `raw.ts` as a process: the demo starts it as it starts server.ts and client.ts, with the same flags.
const text = { type: "string" } as const;
const { positionals, values } = parseArgs({
  options: { port: text, tap: text, address: text, case: text },
  allowPositionals: true,
});
const { tap, address, case: name = "" } = values;
const { build, run } = (await import(positionals[0] ?? "")) as RawPair;
const taps = await tapFile(tap);
const stop = new AbortController();
const forget = onStopRequest(() => stop.abort());

if (address === undefined) {
  const server = build({ interceptors: [...taps.server] });
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    const listening: ListeningMessage = { type: "listening", port, addresses: [`127.0.0.1:${port}`] };
    console.log(`raw server listening on ${listening.addresses.join()}`);
    process.send?.(listening);
  });
  stop.signal.addEventListener("abort", () => server.tryShutdown(forget));
} else {
  console.log(name);
  try {
    // A proxy of the environment would take the call away from this machine.
    await run(address, stop.signal, { "grpc.enable_http_proxy": 0, interceptors: [...taps.client] });
  } catch (error) {
    if (!stop.signal.aborted) console.error(error instanceof Error ? error.message : error);
    process.exitCode = stop.signal.aborted ? 130 : 1;
  }
  forget();
}
