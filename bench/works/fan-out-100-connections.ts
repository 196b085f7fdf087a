import { serverOf, withRawClients } from "../measure/subject.js";
import { peerServers } from "../peers.js";
import { comparison } from "./comparison.js";
import { members, type Scale } from "./work.js";

const work = (scale: Scale) =>
  ({ work: "fanOut", members: members(100, scale), connections: members(100, scale) }) as const;

const before = (server: string, scale: Scale) =>
  withRawClients({ name: server, server: serverOf(server) }, work(scale));

/** A chat room with members who come each by themselves: 100 of them, on as many connections. */
export const fanOut100Connections = comparison({
  name: "fan-out-100-connections",
  title: "fan-out to 100 members on 100 connections",
  unit: "deliveries/s",
  baseline: (scale) => before("bare", scale),
  subject: (scale) => before("bridge", scale),
  beside: (scale) => [before("http2", scale), ...peerServers().map((peer) => withRawClients(peer, work(scale)))],
  bar: 3.5,
  stretch: 4.4,
  least: 500,
});
