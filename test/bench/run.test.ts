import { expect } from "chai";
import { pageOf } from "../../bench/report/page.js";
import { describeMachine, type Report } from "../../bench/report/report.js";
import { tableOf } from "../../bench/report/table.js";
import { run, stepsOf } from "../../bench/run.js";
import { worksNamed } from "../../bench/works/index.js";
import type { BenchWork, Scale } from "../../bench/works/work.js";
import { failureOf } from "../../bridge/test/harness/probe.js";

/** As little as possible: one round after the first, of the smallest amounts, with few members. */
const tiny: Scale = {
  rounds: 1,
  seconds: 0,
  divideAmounts: 1_000,
  divideMembers: 10_000,
  beside: false,
};

const pinning = { pinned: false, why: "the test looks at no figures" } as const;

async function reportOf(works: readonly BenchWork[], scale: Scale = tiny): Promise<{ report: Report; steps: number }> {
  let steps = 0;
  const counting = { begin: () => {}, step: () => (steps += 1), end: () => {} };
  const machine = { pinning, signal: new AbortController().signal };
  const reported = await run(works, scale, machine, counting);
  const report = {
    began: "2026-01-01T00:00:00.000Z",
    mode: "quick",
    machine: describeMachine(pinning),
    versions: { "@grpc/grpc-js": "1.0.0" },
    gate: 0.7,
    works: reported,
  } as const;
  return { report, steps };
}

const isFigure = (value: unknown) => typeof value === "number" && Number.isFinite(value);

describe("a run of the bench", () => {
  it("compares the bridge with its baseline, and is written as a table and as a page that needs no network", async () => {
    const works = worksNamed("observable");
    const { report, steps } = await reportOf(works);
    expect(steps, "measurements").to.equal(stepsOf(works, tiny));

    const [{ outcome } = expect.fail("nothing was measured")] = report.works;
    expect(outcome.lines).to.have.length(2);
    for (const { value, ratio, failure } of outcome.lines) {
      expect(failure).to.equal(undefined);
      expect(value?.median).to.satisfy(isFigure).and.to.be.greaterThan(0);
      expect(ratio?.median).to.satisfy(isFigure);
    }
    expect(outcome.lines[0]?.ratio).to.deep.equal({ median: 1, min: 1, max: 1 });
    expect(outcome.verdicts?.[0]?.value).to.equal(outcome.lines[1]?.ratio?.median);

    const rows = tableOf(report).split("\n");
    expect(rows).to.have.length(4);
    const [heading = ""] = rows;
    for (const row of rows) expect(row).to.have.length(heading.length);
    expect(rows[2]).to.match(/^\| observable +\| call\.write /);
    expect(rows[3]).to.match(/^\| +\| Observable .*≥ 0.95/);

    const page = pageOf(report);
    expect(page).to.contain("an Observable against call.write").and.to.contain("new Chart(");
    expect(page).to.not.match(/<(script|link|img|iframe)[^>]*(src|href)=/);
    expect(page.match(/<script>/g)).to.have.length(2);
    expect(page.match(/<\/script>/g)).to.have.length(2);
  });

  it("says how much each member costs, and how the cost of a delivery changes with their number", async () => {
    const { report } = await reportOf([...worksNamed("idle-members"), ...worksNamed("members-curve")]);
    const verdicts = report.works.flatMap(({ outcome }) => outcome.verdicts ?? []);
    expect(verdicts).to.have.length(2);
    for (const { value } of verdicts) expect(value).to.satisfy(isFigure);
    const [curve] = report.works[1]?.outcome.curves ?? [];
    expect(curve?.series.map(({ name }) => name)).to.deep.equal(["bridge"]);
    expect(curve?.series[0]?.points.map(({ x }) => x)).to.deep.equal([1]);
  });

  it("leaves no process if it is stopped in the middle", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped");
    const stopping = { begin: () => {}, step: () => stop.abort(reason), end: () => {} };
    const running = run(worksNamed("ping-pong"), tiny, { pinning, signal: stop.signal }, stopping);
    expect(await failureOf(running)).to.equal(reason);
  });
});
