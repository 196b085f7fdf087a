import { bound, figure } from "./figures.js";
import { missed, type Report } from "./report.js";

/** What the figures were measured with, in a few lines. */
export function circumstances({ began, mode, machine, versions }: Report): string {
  return [
    `${mode} run of ${began}, Node ${machine.node}, ${machine.system}, ${machine.processors}`,
    `${machine.pinning}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  ].join("\n");
}

/** One line for each bar that was missed. */
export function misses(report: Report): string[] {
  const { gate } = report;
  return missed(report).map(({ work, verdict }) => {
    const asked = gate === 1 ? "" : ` (of which this run asks ${Math.round(gate * 100)} %)`;
    const value = figure(verdict.value, verdict.unit);
    return `${work}: ${verdict.what}: ${value}, and the bar is ${bound(verdict, verdict.bar)}${asked}`;
  });
}
