import { expect } from "chai";
import { loopback } from "../../../bridge/test/harness/loopback.js";
import { knownMetrics } from "../../../src/server-streaming/requests.js";
import { build } from "../../../src/server-streaming/server.js";
import { metricText } from "../../../src/server-streaming/watch-client/metric-text.js";
import { programOf } from "../../program-of.js";

const watch = "server-streaming/watch-client/watch-live";

describe("make watch, in a pipe", () => {
  it("prints a line for each round, and ends after `--rounds` of them", async () => {
    const { address } = await loopback(build());
    const { code, stdout, stderr } = await programOf(watch, ["--address", address, "--rounds", "2"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).to.have.length(2);
    expect(stdout).to.match(/^round 1: cpu [\d.]+ %, memory [\d.]+ %, event loop [\d.]+ ms late, /m);
    const [, readings = ""] = stdout.match(/^round 1: (.*)$/m) ?? [];
    const labels = readings.split(", ").map((reading) => reading.replace(/ [\d.]+.*$/, ""));
    expect(labels).to.deep.equal(knownMetrics.map((metric) => metricText(metric)?.label));
  });

  it("takes only whole numbers for its flags, and ends with 64", async () => {
    const { code, stderr } = await programOf(watch, ["--rounds", "many"]);
    expect(code).to.equal(64);
    expect(stderr).to.include("A whole number.");
  });
});
