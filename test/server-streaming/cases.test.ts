import type { handleServerStreamingCall } from "@grpc/grpc-js";
import { expect } from "chai";
import type {
  ReplayRequest,
  ReplayResponse,
  VitalsServer,
  WatchRequest,
  WatchResponse,
} from "#gen/quartet/vitals/v1/vitals.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { serverStreaming } from "../../src/bridge/index.js";
import { host, service } from "../../src/host/index.js";
import { cases } from "../../src/server-streaming/client.js";
import { loopback } from "../loopback.js";

/** Runs a case against a server that keeps its word less than ours. */
async function run(name: string, faulty: Partial<Pick<VitalsServer, "replay" | "watch">>): Promise<string> {
  const nothing = serverStreaming<unknown, never>(() => []);
  const implementation = { replay: nothing, watch: nothing, ...faulty };
  const { client } = await loopback(host([service(VitalsService, implementation)]));
  const signal = new AbortController().signal;
  return (
    cases[name]?.({ client, signal, input: {}, say: () => {} }).then(
      () => "went well",
      (error: Error) => error.message,
    ) ?? "is no case"
  );
}

function rounds(count: number): ReplayResponse[] {
  const measuredAt = new Date();
  return Array.from({ length: count }, (_, index) => ({ sequence: index + 1, measuredAt, readings: [] }));
}

describe("the cases of the server-streaming client fail when their lesson does not happen:", () => {
  it("replay, when the server measures everything at once", async () => {
    const replay: handleServerStreamingCall<ReplayRequest, ReplayResponse> = (call) => {
      for (const round of rounds(9_000)) call.write(round);
      call.end();
    };
    expect(await run("replay", { replay })).to.match(/its reader stopped, the server waited 0$/);
  });

  it("replay, when a round is missing", async () => {
    const replay = serverStreaming<ReplayRequest, ReplayResponse>(() =>
      rounds(9_000).filter(({ sequence }) => sequence !== 7),
    );
    expect(await run("replay", { replay })).to.equal("round 8 came after round 6");
  });

  it("replay-fast, when the stream ends early", async () => {
    const replay = serverStreaming<ReplayRequest, ReplayResponse>(() => rounds(9));
    expect(await run("replay-fast", { replay })).to.equal("the replay ended OK after 9 of 10000 rounds");
  });

  function watching(sequences: readonly number[], replaced: number) {
    const messages: WatchResponse[] = sequences.map((sequence) => ({
      cursor: { epoch: "one", sequence },
      measuredAt: new Date(),
      readings: [],
      replaced,
    }));
    return serverStreaming<WatchRequest, WatchResponse>(() => messages);
  }

  it("watch-slow, when the counts leave a gap", async () => {
    expect(await run("watch-slow", { watch: watching([1, 4, 8], 2) })).to.contain("round 8 came after 4");
  });

  it("watch-slow, when nothing was replaced", async () => {
    expect(await run("watch-slow", { watch: watching([1, 2], 0) })).to.contain("ended");
  });

  it("watch, when there are fewer than five rounds", async () => {
    expect(await run("watch", { watch: watching([1, 2, 3], 0) })).to.contain("ended");
  });

  for (const name of ["cancel", "deadline", "invalid-argument"]) {
    it(`${name}, when the call ends OK`, async () => {
      expect(await run(name, {})).to.contain("the call went well");
    });
  }

  it("observe, when the call ends before the third round", async () => {
    expect(await run("observe", { watch: watching([1, 2], 0) })).to.contain("ended");
  });
});
