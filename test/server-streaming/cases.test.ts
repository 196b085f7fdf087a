import { expect } from "chai";
import { type Handler, implement } from "quartet-bridge";
import {
  type ReplayResponse,
  type VitalsServer,
  VitalsService,
  type WatchResponse,
} from "#gen/quartet/vitals/v1/vitals.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { type HostedService, handwritten, host } from "../../src/host/index.js";
import { longestPause } from "../../src/server-streaming/cases/replay.js";
import { cases } from "../../src/server-streaming/client.js";
import { caseContext } from "../case-context.js";

/** Runs a case against a faulty server. */
async function run(name: string, faulty: HostedService): Promise<string> {
  const { client } = await loopback(host([faulty]));
  return (
    cases[name]?.(caseContext(client)).then(
      () => "went well",
      (error: Error) => error.message,
    ) ?? "unknown case"
  );
}

/** A service with empty streams, unless `handlers` says otherwise. */
const answering = (
  handlers: { readonly [Name in keyof typeof VitalsService]?: Handler<(typeof VitalsService)[Name]> },
) => implement(VitalsService, { replay: () => [], watch: () => [], ...handlers });

function rounds(count: number): ReplayResponse[] {
  const measuredAt = new Date();
  return Array.from({ length: count }, (_, index) => ({ sequence: index + 1, measuredAt, readings: [] }));
}

describe("the cases of the server-streaming client fail if their lesson does not happen:", () => {
  it("slow-reader, when the server measures everything at once", async () => {
    const replay: VitalsServer["replay"] = (call) => {
      for (const round of rounds(9_000)) call.write(round);
      call.end();
    };
    const greedy = handwritten(VitalsService, { ...answering({}).implementation, replay });
    expect(await run("slow-reader", greedy)).to.match(/its reader stopped, the server waited 0$/);
  });

  it("slow-reader, when a round is missing", async () => {
    const gappy = answering({ replay: () => rounds(9_000).filter(({ sequence }) => sequence !== 7) });
    expect(await run("slow-reader", gappy)).to.equal("round 8 came after round 6");
  });

  it("fast-reader and five-readings, when the stream ends early", async () => {
    const early = (count: number) => answering({ replay: () => rounds(count) });
    expect(await run("fast-reader", early(9))).to.equal("the replay ended OK after 9 of 10000 rounds");
    expect(await run("five-readings", early(4))).to.equal("the stream ended after 4 of 5 readings");
  });

  function watching(sequences: readonly number[], replaced: number) {
    const messages: WatchResponse[] = sequences.map((sequence) => ({
      cursor: { epoch: "one", sequence },
      measuredAt: new Date(),
      readings: [],
      replaced,
    }));
    return answering({ watch: () => messages });
  }

  for (const [name, when, service, says] of [
    ["watch-slow", "the counts leave a gap", watching([1, 4, 8], 2), "round 8 came after 4"],
    ["watch-slow", "nothing was replaced", watching([1, 2], 0), "ended"],
    ["watch", "there are fewer than five rounds", watching([1, 2, 3], 0), "ended"],
    ["observe", "the call ends before the third round", watching([1, 2], 0), "ended"],
  ] as const) {
    it(`${name}, when ${when}`, async () => {
      expect(await run(name, service)).to.contain(says);
    });
  }

  for (const name of ["cancel", "deadline", "invalid-argument"]) {
    it(`${name}, when the call ends OK`, async () => {
      stopClock();
      expect(await run(name, answering({}))).to.contain("the call went well");
    });
  }
});

describe("longestPause", () => {
  // Rounds 1 to 6; the pauses after rounds 2 and 4 are 30 and 50 ms long.
  const measuredMs = [100, 101, 131, 132, 182, 182];

  it("finds the longest one, and the round before it", () => {
    expect(longestPause(measuredMs, 1, 6)).to.deep.equal({ after: 4, ms: 50 });
  });

  it("looks only between the two rounds", () => {
    expect(longestPause(measuredMs, 1, 4)).to.deep.equal({ after: 2, ms: 30 });
    expect(longestPause(measuredMs, 2, 3)).to.deep.equal({ after: 2, ms: 30 });
    expect(longestPause(measuredMs, 3, 4)).to.deep.equal({ after: 3, ms: 1 });
  });

  it("is 0 if all was measured at once", () => {
    expect(longestPause([7, 7, 7], 1, 3)).to.deep.equal({ after: 1, ms: 0 });
  });
});
