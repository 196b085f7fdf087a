import { batchedDown, batchedUp } from "./batched.js";
import { clientStreaming, pingPong, serverStreaming, unary1, unary64 } from "./end-to-end.js";
import { fanOut1Connection, fanOut100Connections } from "./fan-out.js";
import { pausedReader1k, pausedReader64k } from "./growth.js";
import { idleMembers } from "./idle-members.js";
import { latencyFanOut, latencyUnary } from "./latency.js";
import { membersCurve } from "./members-curve.js";
import { middlewareStreaming, middlewareUnary } from "./middleware.js";
import { observable, serverStreamingAlone } from "./server-alone.js";
import { sizeCurve } from "./size-curve.js";
import { stalledMember } from "./stalled-member.js";
import type { BenchWork } from "./work.js";

/** Everything that is measured, in the order of the table. */
export const benchWorks: readonly BenchWork[] = [
  unary1,
  unary64,
  serverStreaming,
  serverStreamingAlone,
  clientStreaming,
  batchedDown,
  batchedUp,
  fanOut1Connection,
  fanOut100Connections,
  pingPong,
  observable,
  middlewareUnary,
  middlewareStreaming,
  pausedReader1k,
  pausedReader64k,
  idleMembers,
  membersCurve,
  sizeCurve,
  latencyUnary,
  latencyFanOut,
  stalledMember,
];

/** The works that a name stands for: the one of that name, or all whose names begin with it: `fan-out`. */
export function worksNamed(name: string): readonly BenchWork[] {
  const exact = benchWorks.filter((work) => work.name === name);
  return exact.length > 0 ? exact : benchWorks.filter((work) => work.name.startsWith(`${name}-`));
}
