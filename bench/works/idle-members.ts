import { type Machine, withClient, withServer } from "../measure/pair.js";
import { summarize } from "../measure/statistics.js";
import { instrument, type Subject, serverOf } from "../measure/subject.js";
import { settled } from "./growth.js";
import type { Line, Verdict } from "./outcome.js";
import { type BenchWork, members, type Scale } from "./work.js";

const mebibyte = 1024 * 1024;

/** How often all members join and leave. What is left after the last time is compared with the first time. */
const cycles = 3;

/** Members that get no messages: what one costs, and whether members that have left leave anything. */
export const idleMembers: BenchWork = {
  name: "idle-members",
  title: "10,000 idle members in one process: memory for each, and what is left when they have gone",
  barred: true,
  steps: (scale) => servers(scale).length * cycles,
  async measure({ machine, scale, step }) {
    const lines: Line[] = [];
    const verdicts: Verdict[] = [];
    for (const { name, server } of servers(scale)) {
      const { perMember, left } = await joinAndLeave(server, members(10_000, scale), machine, () => step(name));
      lines.push({ subject: `${name}, per member`, unit: "bytes", value: summarize(perMember) });
      lines.push({ subject: `${name}, left of all`, unit: "bytes", value: summarize([left]) });
      if (name === "bridge") {
        const what = "left by 20,000 members who came later than the first 10,000";
        verdicts.push({ what, value: left, unit: "bytes", sense: "at most", bar: mebibyte });
      }
    }
    return { lines, verdicts };
  },
};

function servers(scale: Scale): Pick<Subject, "name" | "server">[] {
  return (scale.beside ? ["bare", "bridge", "http2"] : ["bridge"]).map((name) => ({ name, server: serverOf(name) }));
}

function joinAndLeave(program: Subject["server"], count: number, machine: Machine, step: () => void) {
  return withServer(program, machine, async (port, server) => {
    const task = { members: count, connections: Math.ceil(count / 1000) };
    const perMember: number[] = [];
    const empty = [await settled(server)];
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const before = empty.at(-1) ?? 0;
      // This ends the client process, so all members leave at once.
      const full = await withClient(instrument("idle", port, task), machine, () => settled(server));
      perMember.push((full - before) / count);
      empty.push(await settled(server));
      step();
    }
    return { perMember, left: (empty.at(-1) ?? 0) - (empty[1] ?? 0) };
  });
}
