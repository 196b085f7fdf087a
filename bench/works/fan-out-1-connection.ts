import { endToEnd } from "../measure/subject.js";
import { comparison } from "./comparison.js";
import { members, type Scale } from "./work.js";

const work = (scale: Scale) => ({ work: "fanOut", members: members(500, scale), connections: 1 }) as const;

/** A chat room behind one proxy: everything goes to 500 members on one connection. */
export const fanOut1Connection = comparison({
  name: "fan-out-1-connection",
  title: "fan-out to 500 members on one connection",
  unit: "deliveries/s",
  baseline: (scale) => endToEnd("bare", work(scale)),
  subject: (scale) => endToEnd("bridge", work(scale)),
  beside: (scale) => [endToEnd("http2", work(scale))],
  peers: work,
  bar: 2.4,
  stretch: 3.5,
  least: 200,
});
