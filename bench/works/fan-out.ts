import { serverOf, type Work, withRawClients } from "../measure/subject.js";
import { peerServers } from "../peers.js";
import { type Comparison, comparison } from "./comparison.js";
import { type BenchWork, members, type Scale } from "./work.js";

/** A room whose members are on some connections; what has to be reached. */
interface Room extends Omit<Comparison, "unit" | "baseline" | "subject"> {
  readonly members: number;
  readonly connections: number;
}

/** Everything that is published goes to all members: what the server manages. */
function fanOut({ members: most, connections, ...row }: Room): BenchWork {
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

/** A chat room behind one proxy: everything goes to 500 members on one connection. */
export const fanOut1Connection = fanOut({
  name: "fan-out-1-connection",
  title: "fan-out to 500 members on one connection",
  members: 500,
  connections: 1,
  bar: 2.4,
  today: 1.3,
  stretch: 3.5,
  least: 200,
});

/** A chat room with members who come each by themselves: 100 of them, on as many connections. */
export const fanOut100Connections = fanOut({
  name: "fan-out-100-connections",
  title: "fan-out to 100 members on 100 connections",
  members: 100,
  connections: 100,
  bar: 3.5,
  stretch: 4.4,
  least: 500,
});
