import { arch, cpus, platform, release } from "node:os";
import type { Pinning } from "../measure/pinning.js";
import type { Outcome, Verdict } from "../works/outcome.js";
import { bound, figure } from "./figures.js";

/** One run with everything that a reader needs to judge its figures. This is the content of the JSON file. */
export interface Report {
  /** When the run began, ISO 8601. */
  readonly began: string;
  readonly mode: "full" | "quick";
  readonly machine: {
    readonly system: string;
    readonly processors: string;
    readonly node: string;
    readonly pinning: string;
  };
  /** Package names with versions. */
  readonly versions: Readonly<Record<string, string>>;
  /** The share of its bar that a figure must reach: 1, or 0.7 in a quick run. */
  readonly gate: number;
  readonly works: readonly Reported[];
}

/** A work with its outcome. */
export interface Reported {
  readonly name: string;
  readonly title: string;
  readonly outcome: Outcome;
}

/** The machine on which this process runs. */
export function describeMachine(pinning: Pinning): Report["machine"] {
  const all = cpus();
  return {
    system: `${platform()} ${release()} ${arch()}`,
    processors: `${all.length} x ${all[0]?.model.trim() ?? "unknown"}`,
    node: process.versions.node,
    pinning: pinning.pinned
      ? `server on processor ${pinning.server}, client on processor ${pinning.client}`
      : `not pinned: ${pinning.why}`,
  };
}

/**
 * Whether the figure reaches its bar, or the `gate` part of it; NaN does not. A gate below 1 finds what has become
 * worse. If the bar is not reached today, the gate counts from what is reached today.
 */
export function reaches({ value, sense, bar, today = bar }: Verdict, gate: number): boolean {
  const asked = gate < 1 ? today : bar;
  return sense === "at least" ? value >= asked * gate : value <= asked / gate;
}

/** How the figures were measured, in a few lines. */
export function circumstances({ began, mode, machine, versions }: Report): string {
  return [
    `${mode} run of ${began}, Node ${machine.node}, ${machine.system}, ${machine.processors}`,
    `${machine.pinning}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  ].join("\n");
}

/** The verdicts that do not reach their bars. */
export function missed({ works, gate }: Report): { readonly work: string; readonly verdict: Verdict }[] {
  return works.flatMap(({ name, outcome }) =>
    (outcome.verdicts ?? []).flatMap((verdict) => (reaches(verdict, gate) ? [] : [{ work: name, verdict }])),
  );
}

/** One line for each missed bar. */
export function misses(report: Report): string[] {
  const { gate } = report;
  return missed(report).map(({ work, verdict }) => {
    const asked = gate === 1 ? "" : ` (of which this run asks ${Math.round(gate * 100)} %)`;
    const value = figure(verdict.value, verdict.unit);
    return `${work}: ${verdict.what}: ${value}, and the bar is ${bound(verdict, verdict.bar)}${asked}`;
  });
}
