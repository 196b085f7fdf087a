import { serverOf, type Work, withRawClients } from "../measure/subject.js";
import { peerServers } from "../peers.js";
import { comparison } from "./comparison.js";
import type { BenchWork } from "./work.js";
import { members, type Scale } from "./work.js";

/** A room whose members are on some connections; what has to be reached. */
interface Room {
  readonly name: string;
  readonly title: string;
  readonly members: number;
  readonly connections: number;
  readonly bar: number;
  readonly today?: number;
  readonly stretch: number;
  readonly least: number;
}

/** Everything that is published goes to all members: what the server manages. */
export function fanOut({ members: most, connections, ...row }: Room): BenchWork {
  const work = (scale: Scale): Work => ({
    work: "fanOut",
    members: members(most, scale),
    connections: Math.min(connections, members(most, scale)),
  });
  const before = (server: string, scale: Scale) =>
    withRawClients({ name: server, server: serverOf(server) }, work(scale));
  return comparison({
    ...row,
    unit: "deliveries/s",
    baseline: (scale) => before("bare", scale),
    subject: (scale) => before("bridge", scale),
    beside: (scale) => [before("http2", scale), ...peerServers().map((peer) => withRawClients(peer, work(scale)))],
  });
}
