import { bare } from "../implementations/bare.js";

/** So many members, on so many connections. */
export interface IdleTask {
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
