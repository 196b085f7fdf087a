import type { ChartConfiguration } from "chart.js";
import type { Curve } from "../works/outcome.js";
import type { Reported } from "./report.js";

/** The color of each name, the same in all charts. */
const colors: Readonly<Record<string, string>> = { bare: "#8d99ae", bridge: "#2a9d8f", http2: "#e76f51" };
const others = "#c9b6a0";

const common = { maintainAspectRatio: false, animation: false } as const;

function colorOf(subject: string): string {
  const [first = ""] = subject.split(",");
  return colors[first] ?? others;
}

/** Bars of the ratios to bare, or of the figures if there are no ratios; undefined if there are no lines. */
export function chartOfRatios({ title, outcome }: Reported): ChartConfiguration<"bar"> | undefined {
  const lines = outcome.lines.filter(({ value }) => value !== undefined);
  // The curves show these figures better.
  if (lines.length === 0 || outcome.curves) return undefined;
  const hasRatios = lines.every(({ ratio }) => ratio !== undefined);
  const unit = hasRatios ? "ratio to bare" : (lines[0]?.unit ?? "");
  return {
    type: "bar",
    data: {
      labels: lines.map(({ subject }) => subject),
      datasets: [
        {
          label: unit,
          data: lines.map(({ value, ratio }) => (hasRatios ? ratio : value)?.median ?? 0),
          backgroundColor: lines.map(({ subject }) => colorOf(subject)),
        },
      ],
    },
    options: {
      ...common,
      indexAxis: "y",
      plugins: { legend: { display: false }, title: { display: true, text: title } },
      scales: { x: { beginAtZero: true, title: { display: true, text: unit } } },
    },
  };
}

/** Lines over the parameter. Both axes are logarithmic, because the parameter grows by powers of ten. */
export function chartOfCurve({ title, x, y, series }: Curve): ChartConfiguration<"line"> {
  return {
    type: "line",
    data: {
      datasets: series.map(({ name, points }) => ({
        label: name,
        data: points.map((point) => ({ ...point })),
        borderColor: colorOf(name),
        backgroundColor: colorOf(name),
      })),
    },
    options: {
      ...common,
      plugins: { title: { display: true, text: title } },
      scales: {
        x: { type: "logarithmic", title: { display: true, text: x } },
        y: { type: "logarithmic", title: { display: true, text: y } },
      },
    },
  };
}
