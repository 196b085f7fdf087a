import type { Client } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, implement } from "quartet-bridge";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { cases } from "../../src/bidirectional/client.js";
import { build as buildBidirectional } from "../../src/bidirectional/server.js";
import { build as buildClientStreaming } from "../../src/client-streaming/server.js";
import * as lessons from "../../src/demo/lessons.js";
import { type Hosting, type HostOptions, host } from "../../src/host/index.js";
import { build as buildServerStreaming } from "../../src/server-streaming/server.js";
import { type MergedCall, mergeCalls, Recording, tapClient, tapServer } from "../../src/tap/index.js";
import { build as buildUnary } from "../../src/unary/server.js";
import { caseContext } from "../case-context.js";

/** What taps on both sides record of the calls that `make` makes. */
async function recorded(
  build: (options: HostOptions) => Hosting,
  make: (client: Client) => Promise<unknown>,
): Promise<MergedCall[]> {
  const recording = new Recording();
  const server = build({ interceptors: [tapServer(recording)] });
  const { client } = await loopback(server, { interceptors: [tapClient(recording)] });
  await make(client).catch(() => {});
  return mergeCalls(recording.events);
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of stream);
}

describe("the lessons of the demos", () => {
  it("whatPassed counts the messages of one call, and tells how several calls ended", async () => {
    const root = (value: number) => (client: Client) => caller(CalculatorService, client).squareRoot({ value });
    const [answered, refused] = [await recorded(buildUnary, root(16)), await recorded(buildUnary, root(-1))];
    expect(lessons.whatPassed(answered)).to.equal("one request, one response, status OK");
    expect(lessons.whatPassed(refused)).to.equal("one request, 0 responses, status INVALID_ARGUMENT");
    expect(lessons.whatPassed([...answered, ...refused, ...answered])).to.equal("3 calls: 2 OK, 1 INVALID_ARGUMENT");
  });

  it("readerSetsThePace does not hold if the buffers took everything", async () => {
    const calls = await recorded(buildServerStreaming, (client) =>
      readAll(caller(VitalsService, client).replay({ count: 8 })),
    );
    const [call] = calls;
    const all = { ...call, events: call?.events.toSorted(departuresFirst) ?? [] } as MergedCall;
    expect(() => lessons.readerSetsThePace([all])).to.throw("8 of 8 messages were on the way at once");
    expect(() => lessons.readerSetsThePace([])).to.throw("0 calls of Replay were recorded, not 1");
  });

  it("answerAfterHalfClose holds for a summary, and not for a server that answers early", async () => {
    const summarize = (client: Client) =>
      caller(StatisticsService, client).summarize([{ values: [1] }, { values: [2] }]);
    expect(lessons.answerAfterHalfClose(await recorded(buildClientStreaming, summarize))).to.match(
      /^2 requests, then the half-close/,
    );
    const hasty = (options: HostOptions) =>
      host([implement(StatisticsService, { summarize: () => ({ count: 0 }) })], options);
    const calls = await recorded(hasty, summarize);
    expect(() => lessons.answerAfterHalfClose(calls)).to.throw("half-close");
  });

  it("turnByTurn holds for a rally, and not for a client that hits without waiting", async () => {
    const rally = async (client: Client) => cases["ping-pong"]?.(caseContext(client));
    expect(lessons.turnByTurn(await recorded(buildBidirectional, rally))).to.equal(
      "3 balls, each answered before the next was hit",
    );
    const volley = (client: Client) =>
      readAll(caller(DialogueService, client).pingPong([{ stroke: 1 }, { stroke: 3 }, { stroke: 5 }]));
    const calls = await recorded(buildBidirectional, volley);
    expect(() => lessons.turnByTurn(calls)).to.throw("ball 2 was hit before ball 1 came back");
  });

  it("repliesAfterHalfClose holds for collect-then-reply, and not for a server that echoes", async () => {
    const lines = (client: Client) =>
      readAll(caller(DialogueService, client).collectThenReply([{ text: "a" }, { text: "b" }]));
    expect(lessons.repliesAfterHalfClose(await recorded(buildBidirectional, lines))).to.equal(
      "2 lines in, the half-close, then 2 replies",
    );
    const collectThenReply = async function* (requests: AsyncIterable<{ text: string }>) {
      for await (const { text } of requests) yield { line: 1, text };
    };
    const echoing = implement(DialogueService, { pingPong: (requests) => requests, collectThenReply });
    const calls = await recorded((options) => host([echoing], options), lines);
    expect(() => lessons.repliesAfterHalfClose(calls)).to.throw("a reply left before the half-close");
  });
});

/** Orders events as if the server had sent everything before anything arrived. */
function departuresFirst(a: MergedCall["events"][number], b: MergedCall["events"][number]): number {
  const rank = ({ event }: typeof a) =>
    event.kind === "response" ? (event.side === "server" ? 1 : 2) : event.kind === "status" ? 3 : 0;
  return rank(a) - rank(b);
}
