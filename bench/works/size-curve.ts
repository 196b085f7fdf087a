import { endToEnd } from "../measure/subject.js";
import { type Sweep, stepsOf, sweep } from "./sweep.js";
import type { BenchWork } from "./work.js";

const sizes = new Map([
  [34, "40 B"],
  [1024, "1 KiB"],
  [16 * 1024, "16 KiB"],
  [64 * 1024, "64 KiB"],
]);

const sizesOfItems: Sweep = {
  values: [...sizes.keys()],
  label: (bytes) => sizes.get(bytes) ?? `${bytes} B`,
  subjects: (bytes) => ["bare", "bridge", "http2"].map((name) => endToEnd(name, { work: "down", bytes })),
  least: (bytes) => Math.min(100_000, Math.max(1_000, Math.ceil(2e7 / bytes))),
  unit: "items/s",
};

/** Server streaming over the size of a message: what a small message costs is overhead, what a large one costs is copies. */
export const sizeCurve: BenchWork = {
  name: "size-curve",
  title: "server streaming over the size of a message",
  barred: false,
  steps: (scale) => stepsOf(sizesOfItems, scale),
  async measure(measuring) {
    const { lines, series } = await sweep(sizesOfItems, measuring);
    return { lines, curves: [{ title: "server streaming", x: "bytes of payload", y: "items/s", series }] };
  },
};
