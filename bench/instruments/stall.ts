import { credentials } from "@grpc/grpc-js";
import { BenchClient } from "#gen/quartet/bench/v1/bench.js";

/** A member that joins and reads no more, for as long as the process lives. Settles when it is in. */
export function stall(address: string): Promise<{ readonly stalled: true }> {
  const client = new BenchClient(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const call = client.join({});
  return new Promise((resolve, reject) => {
    call.once("data", () => {
      call.pause();
      resolve({ stalled: true });
    });
    // Before it is in. Later it is dropped, and its connection cut: that is what is looked at.
    call.on("error", reject);
  });
}
