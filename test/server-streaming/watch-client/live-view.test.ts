import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { Metric, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { LiveView, plainLine } from "../../../src/server-streaming/watch-client/live-view.js";

function round(sequence: number, cpu: number, replaced = 0): WatchResponse {
  const readings = [
    { metric: Metric.CPU, value: cpu },
    { metric: Metric.LOAD, value: sequence },
  ];
  return { cursor: { epoch: "e", sequence }, measuredAt: new Date(0), readings, replaced };
}

const seen = (view: LiveView, columns: number) => view.lines(columns).map(stripVTControlCharacters);

describe("the live view of a watch", () => {
  it("has a line for each metric with its values and the last one, and a line of state", () => {
    const view = new LiveView();
    for (const [index, cpu] of [0, 0.2, 0.5, 1].entries()) view.round(round(index + 1, cpu));
    expect(seen(view, 40)).to.deep.equal([
      "cpu         ▁▂▅█                100.0 %",
      "load        ▃▅▇█                   4.00",
      "round 4",
    ]);
  });

  it("marks a gap, and counts what was replaced", () => {
    const view = new LiveView();
    view.round(round(1, 0));
    view.gap();
    view.round(round(1, 1));
    view.round(round(4, 1, 2));
    expect(seen(view, 50)[0]).to.include("▁╎██ ");
    expect(seen(view, 50).at(-1)).to.equal("round 4 · 2 replaced · 1 gap (╎)");
  });

  it("says why no rounds come, until the next round", () => {
    const view = new LiveView();
    view.round(round(1, 0));
    view.trouble("connection lost, attempt 1 to reconnect");
    expect(seen(view, 80).at(-1)).to.equal("round 1 · connection lost, attempt 1 to reconnect");
    view.round(round(2, 0));
    expect(seen(view, 80).at(-1)).to.equal("round 2");
  });

  it("shows the newest values in a narrow window, and none wider than it", () => {
    const view = new LiveView();
    for (let sequence = 1; sequence <= 100; sequence += 1) view.round(round(sequence, sequence === 100 ? 1 : 0));
    for (const line of seen(view, 40)) expect(line.length).to.be.at.most(40);
    expect(seen(view, 40)[0]).to.equal("cpu         ▁▁▁▁▁▁▁▁▁▁▁▁█       100.0 %");
  });

  it("leaves out a metric that it does not know", () => {
    const view = new LiveView();
    const readings = [{ metric: 99 as Metric, value: 1 }];
    view.round({ ...round(1, 0), readings });
    expect(seen(view, 40)).to.deep.equal(["round 1"]);
  });

  it("is a line for each round without a terminal", () => {
    expect(plainLine(round(7, 0.5, 3))).to.equal("round 7: cpu 50.0 %, load 7.00; instead of 3 more");
  });
});
