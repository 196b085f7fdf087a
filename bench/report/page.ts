import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chartOfCurve, chartOfRatios } from "./charts.js";
import { circumstances, type Report, reaches } from "./report.js";
import { tableOf } from "./table.js";

/** The run as one HTML file that includes the library, the data and the style, so it needs no network. */
export function pageOf(report: Report): string {
  const charts = [
    ...report.works.flatMap((work) => chartOfRatios(work) ?? []),
    ...report.works.flatMap(({ outcome }) => outcome.curves ?? []).map(chartOfCurve),
  ];
  const verdicts = report.works.flatMap(({ outcome }) => outcome.verdicts ?? []);
  const reached = verdicts.filter((verdict) => reaches(verdict, report.gate)).length;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>quartet: benchmarks of ${escaped(report.began)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222; }
  pre { font-size: 0.8rem; line-height: 1.4; overflow-x: auto; }
  .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 2rem; }
  .charts div { position: relative; height: 20rem; }
</style>
<h1>quartet: benchmarks</h1>
<p>${reached} of ${verdicts.length} bars reached. All ratios are to bare: grpc-js and ts-proto as generated, in the same run.</p>
<pre>${escaped(circumstances(report))}</pre>
<section class="charts">
${charts.map((_, index) => `<div><canvas id="chart-${index}"></canvas></div>`).join("\n")}
</section>
<h2>Table</h2>
<pre>${escaped(tableOf(report))}</pre>
<script>${library()}</script>
<script>
const charts = ${inScript(charts)};
charts.forEach((chart, index) => new Chart(document.getElementById("chart-" + index), chart));
</script>
</html>
`;
}

/** Chart.js as one script, which its package includes for browsers. */
function library(): string {
  // The package does not export this file by name, but the file is beside an exported one.
  const file = join(dirname(createRequire(import.meta.url).resolve("chart.js")), "chart.umd.js");
  const text = readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
  return closed(text);
}

/** The value as JSON inside a script, which would end at a `</script` in a text. */
function inScript(value: unknown): string {
  return closed(JSON.stringify(value));
}

function closed(script: string): string {
  return script.replaceAll("</script", "<\\/script");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
