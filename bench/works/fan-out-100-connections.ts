import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";
import { members, type Scale } from "./work.js";

const work = (scale: Scale) =>
  ({ work: "fanOut", members: members(100, scale), connections: members(100, scale) }) as const;

/** A chat room with members who come each by themselves: 100 of them, on as many connections. */
export const fanOut100Connections = comparison({
  name: "fan-out-100-connections",
  title: "fan-out to 100 members on 100 connections",
  unit: "deliveries/s",
  baseline: (scale) => endToEnd("bare", work(scale)),
  subject: (scale) => endToEnd("bridge", work(scale)),
  beside: (scale) => [endToEnd("http2", work(scale))],
  peers: work,
  bar: 3.5,
  stretch: 4.4,
  least: 500,
});
