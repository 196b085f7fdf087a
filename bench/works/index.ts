import { batchedDown } from "./batched-down.js";
import { batchedUp } from "./batched-up.js";
import { clientStreaming } from "./client-streaming.js";
import { fanOut1Connection } from "./fan-out-1-connection.js";
import { fanOut100Connections } from "./fan-out-100-connections.js";
import { idleMembers } from "./idle-members.js";
import { latencyFanOut } from "./latency-fan-out.js";
import { latencyUnary } from "./latency-unary.js";
import { membersCurve } from "./members-curve.js";
import { middlewareStreaming, middlewareUnary } from "./middleware.js";
import { observable } from "./observable.js";
import { pausedReader1k } from "./paused-reader-1k.js";
import { pausedReader64k } from "./paused-reader-64k.js";
import { pingPong } from "./ping-pong.js";
import { serverStreaming } from "./server-streaming.js";
import { serverStreamingAlone } from "./server-streaming-alone.js";
import { sizeCurve } from "./size-curve.js";
import { stalledMember } from "./stalled-member.js";
import { unary1 } from "./unary-1.js";
import { unary64 } from "./unary-64.js";
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
