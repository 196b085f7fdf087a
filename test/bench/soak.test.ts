import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Settings } from "../../bench/soak/settings.js";
import { soak } from "../../bench/soak/soak.js";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { seed } from "../../bridge/test/harness/random.js";

const main = fileURLToPath(new URL("../../bench/soak/main.js", import.meta.url));
const lossyServer = new URL("fixtures/lossy-server.js", import.meta.url);

/** Every disturbance twice, with as much talk as it takes to have a member dropped that does not read. */
const short: Settings = {
  seed,
  rooms: 1,
  members: 9,
  processes: 3,
  lasts: { decks: 2 },
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
  it(`finds every promise kept, whatever happens to the members (SEED=${seed})`, async () => {
    const { broken, tally, readings } = await soak(short, { signal: signalOfTheTest() });
    expect(broken?.message).to.equal(undefined);
    expect(tally).to.include({
      leave: 2,
      "half-close": 4,
      cancel: 4,
      cut: 2,
      stall: 2,
      pause: 2,
      stop: 2,
      kill: 2,
    });
    expect(tally.dropped).to.be.greaterThan(0);
    expect(tally.accepted).to.be.greaterThan(1000);
    expect(tally.resumed).to.be.greaterThan(0);
    expect(readings.after?.openCalls).to.equal(0);
    expect(readings.after?.handles).to.deep.equal(readings.before?.handles);
  });

  it("finds out a server that loses one message of thousands", async () => {
    const calm: Settings = { ...short, processes: 1, lasts: { decks: 20 }, deck: [undefined] };
    const { broken } = await soak(calm, { signal: signalOfTheTest(), server: lossyServer });
    expect(broken?.message).to.match(/ has missed event \d+: it heard /);
  });

  it("ends all its processes when it is stopped", async () => {
    const stop = new AbortController();
    const progress = { everyMs: 0, show: () => stop.abort(new Error("enough")) };
    const outcome = soak(short, { signal: stop.signal, progress });
    expect(
      await outcome.then(
        () => "went on",
        (error: Error) => error.message,
      ),
    ).to.equal("enough");
  });
});

describe("the soak as a program", () => {
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env: { ...process.env, ...env } });

  it("says in its help what it does and how long", () => {
    const { status, stdout } = run(["--help"]);
    expect(status).to.equal(0);
    expect(stdout).to.contain("--minutes").and.to.contain("SEED");
  });

  it("takes nothing that is no length of time, and ends with 64", () => {
    for (const minutes of ["0", "ten", ""]) {
      const { status, stderr } = run([], { MINUTES: minutes });
      expect(status, minutes).to.equal(64);
      expect(stderr).to.contain("minutes are a number from 0.1 to 1440");
    }
    expect(run(["--for", "1"]).status).to.equal(64);
  });
});
