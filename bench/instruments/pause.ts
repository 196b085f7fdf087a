import { type ClientReadableStream, credentials } from "@grpc/grpc-js";
import { BenchClient, type DownRequest, type Item } from "#gen/quartet/bench/v1/bench.js";

/** A reader that takes the first item and no more, for as long as the process lives. Settles when it has it. */
export function pause(address: string, request: DownRequest): Promise<object> {
  return pauseAfterFirst(address, (client) => client.down(request));
}

/** A member that joins and reads no more, for as long as the process lives. Settles when it is in. */
export function stall(address: string): Promise<object> {
  return pauseAfterFirst(address, (client) => client.join({}));
}

function pauseAfterFirst(address: string, begin: (client: BenchClient) => ClientReadableStream<Item>): Promise<object> {
  const client = new BenchClient(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  const call = begin(client);
  return new Promise((resolve, reject) => {
    call.once("data", () => {
      call.pause();
      resolve({ paused: true });
    });
    // Before the first item. A member is dropped later, and its connection cut: that is what is looked at.
    call.on("error", reject);
  });
}
