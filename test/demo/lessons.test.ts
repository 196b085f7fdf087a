import type { Client } from "@grpc/grpc-js";
import { expect } from "chai";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { cases } from "../../src/bidirectional/client.js";
import { build as buildBidirectional } from "../../src/bidirectional/server.js";
import { caller, implement } from "../../src/bridge/index.js";
import { corrupted, cut } from "../../src/client-streaming/interrupted.js";
import { build as buildClientStreaming } from "../../src/client-streaming/server.js";
import {
  answerAfterHalfClose,
  goesOnWhereItWasCut,
  noAnswerToAWrongCommit,
  oneAnswer,
  oneOrderForAll,
  readerSetsThePace,
  repliesAfterHalfClose,
  turnByTurn,
} from "../../src/demo/lessons.js";
import { type Case, type Hosting, type HostOptions, host } from "../../src/host/index.js";
import { build as buildServerStreaming } from "../../src/server-streaming/server.js";
import { type MergedCall, mergeCalls, Recording, tapClient, tapServer } from "../../src/tap/index.js";
import { build as buildUnary } from "../../src/unary/server.js";
import { temporaryFolder } from "../client-streaming/uploads.js";
import { loopback } from "../loopback.js";

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

/** What the calls of an upload's case record, with a server of its own. */
function uploadRecorded(run: Case): Promise<MergedCall[]> {
  const build = (options: HostOptions) => buildClientStreaming(options, { uploads: temporaryFolder() });
  const signal = new AbortController().signal;
  return recorded(build, (client) => run({ client, signal, input: {}, say: () => {} }));
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of stream);
}

describe("the lessons of the demos", () => {
  it("oneAnswer holds for an answered call, and not for a refused one", async () => {
    const root = (value: number) => (client: Client) => caller(CalculatorService, client).squareRoot({ value });
    expect(oneAnswer(await recorded(buildUnary, root(16)))).to.equal("one request, one response, one status");
    const refused = await recorded(buildUnary, root(-1));
    expect(() => oneAnswer(refused)).to.throw("ended INVALID_ARGUMENT, not OK");
  });

  it("readerSetsThePace does not hold where the buffers on the way took everything", async () => {
    const calls = await recorded(buildServerStreaming, (client) =>
      readAll(caller(VitalsService, client).replay({ count: 8 })),
    );
    const [call] = calls;
    expect(call?.path).to.equal("/quartet.vitals.v1.Vitals/Replay");
    const all = { ...call, events: call?.events.toSorted(departuresFirst) ?? [] } as MergedCall;
    expect(() => readerSetsThePace([all])).to.throw("8 of 8 messages were on the way at once");
  });

  it("goesOnWhereItWasCut holds for an upload in two calls, and not for one that is sent again from the start", async () => {
    const calls = await uploadRecorded(cut);
    expect(goesOnWhereItWasCut(calls)).to.equal("4 chunks, the cut, and the other 4: nothing was sent twice");
    const [first] = calls.filter(({ path }) => path.endsWith("/Put"));
    expect(() => goesOnWhereItWasCut(first ? [first] : [])).to.throw("1 calls of Put");
    const whole = await uploadRecorded(corrupted);
    expect(() => goesOnWhereItWasCut([...whole, ...calls].slice(0, 2))).to.throw();
  });

  it("noAnswerToAWrongCommit holds for a refusal of the checksum, and not for a cut", async () => {
    const refused = await uploadRecorded(corrupted);
    expect(noAnswerToAWrongCommit(refused)).to.equal("8 chunks and a commit with a wrong checksum: no file");
    const [first] = (await uploadRecorded(cut)).filter(({ path }) => path.endsWith("/Put"));
    expect(() => noAnswerToAWrongCommit(first ? [first] : [])).to.throw("not INVALID_ARGUMENT");
  });

  it("answerAfterHalfClose holds for a summary, and not for a server that answers early", async () => {
    const summarize = (client: Client) =>
      caller(StatisticsService, client).summarize([{ values: [1] }, { values: [2] }]);
    expect(answerAfterHalfClose(await recorded(buildClientStreaming, summarize))).to.match(
      /^2 requests, then the half-close/,
    );
    const hasty = (options: HostOptions) =>
      host([implement(StatisticsService, { summarize: () => ({ count: 0 }) })], options);
    const calls = await recorded(hasty, summarize);
    expect(() => answerAfterHalfClose(calls)).to.throw("half-close");
  });

  it("turnByTurn holds for a rally, and not for a client that hits without waiting", async () => {
    const rally = async (client: Client) => {
      let next: (ball: { stroke: number } | undefined) => void = () => {};
      async function* balls() {
        for (let ball: { stroke: number } | undefined = { stroke: 1 }; ball; ) {
          yield ball;
          ball = await new Promise<{ stroke: number } | undefined>((resolve) => {
            next = resolve;
          });
        }
      }
      for await (const { stroke } of caller(DialogueService, client).pingPong(balls())) {
        next(stroke < 6 ? { stroke: stroke + 1 } : undefined);
      }
    };
    expect(turnByTurn(await recorded(buildBidirectional, rally))).to.equal(
      "3 balls, each answered before the next was hit",
    );
    const volley = (client: Client) =>
      readAll(caller(DialogueService, client).pingPong([{ stroke: 1 }, { stroke: 3 }, { stroke: 5 }]));
    const calls = await recorded(buildBidirectional, volley);
    expect(() => turnByTurn(calls)).to.throw("ball 2 was hit before ball 1 came back");
  });

  it("repliesAfterHalfClose holds for collect-then-reply, and not for a server that echoes", async () => {
    const lines = (client: Client) =>
      readAll(caller(DialogueService, client).collectThenReply([{ text: "a" }, { text: "b" }]));
    expect(repliesAfterHalfClose(await recorded(buildBidirectional, lines))).to.equal(
      "2 lines in, the half-close, then 2 replies",
    );
    const echoing = (options: HostOptions) =>
      host(
        [
          implement(DialogueService, {
            pingPong: (requests) => requests,
            async *collectThenReply(requests) {
              for await (const { text } of requests) yield { line: 1, text };
            },
          }),
        ],
        options,
      );
    const calls = await recorded(echoing, lines);
    expect(() => repliesAfterHalfClose(calls)).to.throw("a reply left before the half-close");
  });

  it("oneOrderForAll holds for the conversation, and not where two members heard different things", async () => {
    const talk = async (client: Client) =>
      await cases.chat?.({ client, signal: new AbortController().signal, input: {}, say: () => {} });
    const calls = await recorded(buildBidirectional, talk);
    expect(oneOrderForAll(calls)).to.match(/^3 members, .* in one order$/);
    const misheard = calls.map((call, member) => ({
      ...call,
      events: call.events.map((each) => {
        const label = each.event.label?.replace('sequence=3, joined={name="linus"', 'sequence=3, joined={name="ada"');
        return member === 0 && label !== undefined ? { ...each, event: { ...each.event, label } } : each;
      }),
    }));
    expect(() => oneOrderForAll(misheard)).to.throw("two members heard different things as event 3");
    expect(() => oneOrderForAll(calls.slice(0, 1))).to.throw("a conversation takes two");
  });
});

/** As if nothing had held the server back: everything it sent, before anything arrived. */
function departuresFirst(a: MergedCall["events"][number], b: MergedCall["events"][number]): number {
  const rank = ({ event }: typeof a) =>
    event.kind === "response" ? (event.side === "server" ? 1 : 2) : event.kind === "status" ? 3 : 0;
  return rank(a) - rank(b);
}
