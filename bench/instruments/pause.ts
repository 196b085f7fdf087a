import { credentials } from "@grpc/grpc-js";
import { BenchClient, type DownRequest } from "#gen/quartet/bench/v1/bench.js";

/** A reader that takes the first item and no more, for as long as the process lives. Settles when it has it. */
export function pause(address: string, request: DownRequest): Promise<{ readonly paused: true }> {
  const client = new BenchClient(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const call = client.down(request);
  return new Promise((resolve, reject) => {
    call.once("data", () => {
      call.pause();
      resolve({ paused: true });
    });
    call.on("error", reject);
  });
}
