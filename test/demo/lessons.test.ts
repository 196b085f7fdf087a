import { type Client, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, implement } from "quartet-bridge";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { connectTo, loopback } from "../../bridge/test/harness/loopback.js";
import { cases } from "../../src/bidirectional/client.js";
import { build as buildBidirectional } from "../../src/bidirectional/server.js";
import { corrupted, cut } from "../../src/client-streaming/cases/interrupted.js";
import { build as buildClientStreaming } from "../../src/client-streaming/server.js";
import {
  answerAfterHalfClose,
  droppedAndBack,
  goesOnAfterTheRestart,
  goesOnWhereItWasCut,
  noAnswerToAWrongCommit,
  oneAnswer,
  oneOrderForAll,
  readerSetsThePace,
  repliesAfterHalfClose,
  turnByTurn,
} from "../../src/demo/lessons.js";
import { type Case, type Hosting, type HostOptions, host } from "../../src/host/index.js";
import { watchRestart } from "../../src/server-streaming/cases/restart.js";
import { build as buildServerStreaming } from "../../src/server-streaming/server.js";
import { type MergedCall, mergeCalls, Recording, statusOf, tapClient, tapServer } from "../../src/tap/index.js";
import { build as buildUnary } from "../../src/unary/server.js";
import { caseContext } from "../case-context.js";
import { temporaryFolder } from "../client-streaming/upload/uploads.js";

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
  return recorded(build, (client) => run(caseContext(client)));
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
    const talk = async (client: Client) => await cases.chat?.(caseContext(client));
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

  it("droppedAndBack holds for the member that stalls, and not for one that stays away or hears again what it has read", async () => {
    const calls = await recorded(buildBidirectional, async (client) => cases["stalled-member"]?.(caseContext(client)));
    expect(droppedAndBack(calls)).to.match(
      /^one of 15 members was dropped, and no other; it came back, .* event [\d,]+$/,
    );
    const joins = calls.filter(({ path }) => path.endsWith("/Join"));
    const others = joins.filter((call) => statusOf(call)?.code === status.OK);
    expect(() => droppedAndBack(others)).to.throw("0 members were dropped, not 1");
    const [dropped, back] = joins.filter(({ events }) =>
      events.some(({ event: { kind, label } }) => kind === "request" && label?.includes('name="sleepy"')),
    );
    if (!dropped || !back) throw new Error("no sleepy member was recorded");
    expect(() => droppedAndBack(joins.filter((call) => call !== back))).to.throw("did not come back");
    const events = back.events.map((each) => {
      const label = each.event.label?.replace(/^events: \[\{sequence=\d+/, "events: [{sequence=2");
      return label === undefined ? each : { ...each, event: { ...each.event, label } };
    });
    expect(() => droppedAndBack([dropped, { ...back, events }])).to.throw("and heard event 2 when it was back");
  });

  it("goesOnAfterTheRestart holds for a watch through a restart, and not for one that nothing happens to", async () => {
    const recording = new Recording();
    const interceptors = [tapClient(recording)];
    const { client } = await loopback(buildServerStreaming());
    await watchRestart(
      caseContext(client, { connect: (address, more) => connectTo(address, { ...more, interceptors }) }),
    );
    const calls = mergeCalls(recording.events);
    expect(goesOnAfterTheRestart(calls)).to.match(/^\d+ calls: one lost with its server, one told OUT_OF_RANGE/);
    const told = (call: MergedCall) => statusOf(call)?.code === status.OUT_OF_RANGE;
    expect(() => goesOnAfterTheRestart(calls.slice(0, 1))).to.throw("1 calls of Watch were recorded");
    expect(() => goesOnAfterTheRestart(calls.filter((call) => !told(call)))).to.throw("no server said");
    expect(() => goesOnAfterTheRestart(calls.slice(1))).to.throw("before its first round");
    expect(() => goesOnAfterTheRestart([...calls.slice(0, -1), ...calls.filter(told)])).to.throw("did not go on");
  });
});

/** As if nothing had held the server back: everything it sent, before anything arrived. */
function departuresFirst(a: MergedCall["events"][number], b: MergedCall["events"][number]): number {
  const rank = ({ event }: typeof a) =>
    event.kind === "response" ? (event.side === "server" ? 1 : 2) : event.kind === "status" ? 3 : 0;
  return rank(a) - rank(b);
}
