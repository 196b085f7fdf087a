import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Settings } from "../../bench/soak/settings.js";
import { soak } from "../../bench/soak/soak.js";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { failureOf } from "../../bridge/test/harness/probe.js";
import { seed } from "../../bridge/test/harness/random.js";

const main = fileURLToPath(new URL("../../bench/soak/main.js", import.meta.url));
const lossyServer = new URL("fixtures/lossy-server.js", import.meta.url);

/** Each disturbance once or twice, with enough messages that the server drops a member that does not read. */
const short: Settings = {
  seed,
  rooms: 1,
  members: 9,
  processes: 3,
  lasts: { decks: 1 },
  messagesPerRound: 60,
  roundMs: 0,
  returns: 1,
  deck: ["leave", "half-close", "half-close", "cancel", "cancel", "cut", "stall", "pause", "stop", "kill"],
  untilCut: false,
  mostGrowth: undefined,
};

function signalOfTheTest(): AbortSignal {
  const stop = new AbortController();
  afterTheTest(() => stop.abort(new Error("the test is over")));
  return stop.signal;
}

describe("a soak of the chat", () => {
  it(`finds every promise kept through all disturbances (SEED=${seed})`, async () => {
    const { broken, tally, readings } = await soak(short, { signal: signalOfTheTest() });
    expect(broken?.message).to.equal(undefined);
    const disturbed = { leave: 1, "half-close": 2, cancel: 2, cut: 1, stall: 1, pause: 1, stop: 1, kill: 1 };
    expect(tally).to.include(disturbed);
    expect(tally.dropped).to.be.greaterThan(0);
    expect(tally.accepted).to.be.greaterThan(500);
    expect(tally.resumed).to.be.greaterThan(0);
    expect(readings.after?.openCalls).to.equal(0);
    expect(readings.after?.handles).to.deep.equal(readings.before?.handles);
  });

  it("finds a server that loses one message of many", async () => {
    const calm: Settings = { ...short, processes: 1, lasts: { decks: 20 }, deck: [undefined] };
    const { broken } = await soak(calm, { signal: signalOfTheTest(), server: lossyServer });
    expect(broken?.message).to.match(/ has missed event \d+: it heard /);
  });

  it("ends all its processes when it is stopped", async () => {
    const stop = new AbortController();
    const progress = { everyMs: 0, show: () => stop.abort(new Error("enough")) };
    expect(await failureOf(soak(short, { signal: stop.signal, progress }))).to.have.property("message", "enough");
  });
});

describe("the soak as a program", () => {
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env: { ...process.env, ...env } });

  it("says in its help how to set its length, and ends with 64 on a wrong one", () => {
    const help = run(["--help"]);
    expect(help.status).to.equal(0);
    expect(help.stdout).to.contain("--minutes").and.to.contain("SEED");
    for (const minutes of ["0", "ten"]) {
      const { status, stderr } = run([], { MINUTES: minutes });
      expect(status, minutes).to.equal(64);
      expect(stderr).to.contain("minutes are a number from 0.1 to 1440");
    }
  });
});
