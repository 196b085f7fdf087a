import { type ClientReadableStream, credentials } from "@grpc/grpc-js";
import { BenchClient, type DownRequest, type Item } from "#gen/quartet/bench/v1/bench.js";
import { bare } from "../implementations/bare.js";

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

/** So many members, on so many connections. */
interface IdleTask {
  readonly members: number;
  readonly connections: number;
}

/** Members who join, and to whom nothing is sent, for as long as the process lives. Settles when all are in. */
export async function idle(address: string, { members, connections }: IdleTask): Promise<{ readonly joined: number }> {
  for (let each = 0; each < connections; each += 1) {
    const client = bare.connect(address);
    // One connection after the other: ten thousand calls in one turn would be a test of the queues.
    await Promise.all(Array.from({ length: members / connections }, () => client.join(() => {}).joined));
  }
  return { joined: members };
}
