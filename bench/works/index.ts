import { membersCurve, sizeCurve } from "./curves.js";
import { pausedReader1k, pausedReader64k } from "./growth.js";
import { idleMembers } from "./idle-members.js";
import { latencyFanOut, latencyUnary } from "./latency.js";
import { stalledMember } from "./stalled-member.js";
import { throughputs } from "./throughput.js";
import type { BenchWork } from "./work.js";

/** All works, in the order of the table. */
export const benchWorks: readonly BenchWork[] = [
  ...throughputs,
  pausedReader1k,
  pausedReader64k,
  idleMembers,
  membersCurve,
  sizeCurve,
  latencyUnary,
  latencyFanOut,
  stalledMember,
];

/** The work with this name, or all works whose names begin with it, such as `fan-out`. */
export function worksNamed(name: string): readonly BenchWork[] {
  const exact = benchWorks.filter((work) => work.name === name);
  return exact.length > 0 ? exact : benchWorks.filter((work) => work.name.startsWith(`${name}-`));
}
