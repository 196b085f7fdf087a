import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { benchWorks, worksNamed } from "../../bench/works/index.js";

const main = fileURLToPath(new URL("../../bench/main.js", import.meta.url));

function bench(args: readonly string[], env: Record<string, string> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env: { ...process.env, ...env } });
}

describe("the bench as a program", () => {
  it("names its works when you ask for another, and ends with 64", () => {
    const { status, stderr } = bench([], { ONLY: "speed" });
    expect(status).to.equal(64);
    expect(stderr).to.contain("'speed'");
    for (const { name } of benchWorks) expect(stderr).to.contain(name);
  });

  it("offers only works with a bar in a quick run", () => {
    const { status, stderr } = bench(["--quick", "--only", "size-curve"]);
    expect(status).to.equal(64);
    expect(stderr)
      .to.contain("server-streaming")
      .and.to.not.match(/there are .*size-curve/);
  });

  it("says in its help what each work measures", () => {
    const { status, stdout } = bench(["--help"]);
    expect(status).to.equal(0);
    for (const { name } of benchWorks) expect(stdout).to.contain(`  ${name} `);
  });
});

describe("the name of a work", () => {
  it("selects that work, or all works that begin with it", () => {
    const names = (name: string) => worksNamed(name).map((work) => work.name);
    expect(names("server-streaming")).to.deep.equal(["server-streaming"]);
    expect(names("fan-out")).to.deep.equal(["fan-out-1-connection", "fan-out-100-connections"]);
    expect(names("fan")).to.deep.equal(["fan-out-1-connection", "fan-out-100-connections"]);
    expect(names("streaming")).to.deep.equal([]);
    expect(new Set(benchWorks.map((work) => work.name)).size).to.equal(benchWorks.length);
  });
});
