import { latency } from "./latency.js";
import { members } from "./work.js";

export const latencyFanOut = latency({
  name: "latency-fan-out",
  title: "latency of a fan-out to 500 members at half of what bare manages",
  full: (scale) => {
    const count = members(500, scale);
    return { work: { work: "fanOut", members: count, connections: 1 }, messagesPerCount: count };
  },
  steady: "fanOutSteadily",
  least: 500,
});
