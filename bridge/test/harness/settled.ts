import type { Caller } from "quartet-bridge";
import type { ProbeService } from "./probe.js";

/** Waits until `count` stops growing: twenty answers on the same connection without a change. */
export async function settled(calls: Caller<typeof ProbeService>, count: () => number): Promise<number> {
  let last = -1;
  for (let still = 0; still < 20; still += 1) {
    await calls.unary({ n: 0 });
    if (count() !== last) still = 0;
    last = count();
  }
  return last;
}
