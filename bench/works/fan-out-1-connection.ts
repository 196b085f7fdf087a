import { serverOf, withRawClients } from "../measure/subject.js";
import { peerServers } from "../peers.js";
import { comparison } from "./comparison.js";
import { members, type Scale } from "./work.js";

const work = (scale: Scale) => ({ work: "fanOut", members: members(500, scale), connections: 1 }) as const;

const before = (server: string, scale: Scale) =>
  withRawClients({ name: server, server: serverOf(server) }, work(scale));

/** A chat room behind one proxy: everything goes to 500 members on one connection. */
export const fanOut1Connection = comparison({
  name: "fan-out-1-connection",
  title: "fan-out to 500 members on one connection",
  unit: "deliveries/s",
  baseline: (scale) => before("bare", scale),
  subject: (scale) => before("bridge", scale),
  beside: (scale) => [before("http2", scale), ...peerServers().map((peer) => withRawClients(peer, work(scale)))],
  bar: 2.4,
  stretch: 3.5,
  least: 200,
});
