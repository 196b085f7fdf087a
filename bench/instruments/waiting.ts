import { type ClientReadableStream, credentials } from "@grpc/grpc-js";
import { BenchClient, type DownRequest, type Item } from "#gen/quartet/bench/v1/bench.js";
import { bare } from "../implementations/bare.js";

/** A reader that takes only the first item, and holds its call until the process ends. Settles when it has the item. */
export function pause(address: string, request: DownRequest): Promise<object> {
  return pauseAfterFirst(address, (client) => client.down(request));
}

/** A member that joins, reads nothing more, and stays until the process ends. Settles when it has joined. */
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
    // For errors before the first item. Later the server drops the member and cuts its connection, as expected.
    call.on("error", reject);
  });
}

/** How many members to join on how many connections. */
interface IdleTask {
  readonly members: number;
  readonly connections: number;
}

/** Members that join, get no messages, and stay until the process ends. Settles when all have joined. */
export async function idle(address: string, { members, connections }: IdleTask): Promise<{ readonly joined: number }> {
  for (let each = 0; each < connections; each += 1) {
    const client = bare.connect(address);
    // One connection after the other: ten thousand calls in one turn would measure the queues.
    await Promise.all(Array.from({ length: members / connections }, () => client.join(() => {}).joined));
  }
  return { joined: members };
}
