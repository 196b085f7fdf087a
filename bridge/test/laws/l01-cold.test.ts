import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallError, type Caller, StatusError } from "quartet-bridge";
import { defer, lastValueFrom, type Observable, of, retry } from "rxjs";
import { observe, types } from "../harness/each-type.js";
import { collect, failureOf, type Probe, ProbeService, served } from "../harness/probe.js";
import { law, runs } from "./proof/law.js";

/** A server that counts the calls of its handlers, which fail, or respond with one message. */
async function countingServer(outcome: "fails" | "answers") {
  const state = { calls: 0, sources: 0, peers: new Set<string>() };
  function answer({ peer }: CallContext): Probe {
    state.calls += 1;
    state.peers.add(peer);
    if (outcome === "fails") throw new StatusError(status.UNAVAILABLE, "try again");
    return { n: state.calls };
  }
  async function afterAll(requests: AsyncIterable<Probe>, call: CallContext): Promise<Probe> {
    await collect(requests);
    return answer(call);
  }
  const opened = await served({
    unary: ({ n }, call) => (n < 0 ? { n } : answer(call)),
    serverStreaming: (_request, call) => [answer(call)],
    clientStreaming: afterAll,
    async *bidirectional(requests, call) {
      yield await afterAll(requests, call);
    },
  });
  return {
    ...opened,
    state,
    /** Requests whose subscriptions are counted. */
    requests: defer(() => {
      state.sources += 1;
      return of({ n: 1 });
    }),
    /** How many calls there were when everything sent earlier has arrived: HTTP/2 keeps the order. */
    async counted(): Promise<number> {
      await opened.calls.unary({ n: -1 });
      return state.calls;
    },
  };
}

type Calls = Caller<typeof ProbeService>;

const streams: Record<string, (calls: Calls, requests: Observable<Probe>) => AsyncIterable<Probe>> = {
  serverStreaming: (calls) => calls.serverStreaming({ n: 1 }),
  bidirectional: (calls, requests) => calls.bidirectional(requests),
};

law("L1", "cold: no call before a subscription, one for each; retry(2) makes two more", ({ ran, figure, event }) => {
  for (const type of types) {
    const hasRequests = ProbeService[type].requestStream;

    it(`${type}: an Observable without a subscriber makes no call, and does not start its requests`, async () => {
      const { calls, requests, counted, state } = await countingServer("answers");
      observe[type](calls, requests);
      figure("calls before subscribe", await counted(), 0, type);
      expect(state.sources).to.equal(0);
    });

    const times = runs(5000);
    it(`${type}: ${times} subscriptions are ${times} calls, sequential and concurrent`, async () => {
      const { calls, requests, counted, state } = await countingServer("answers");
      const response$ = observe[type](calls, requests);
      const half = Math.ceil(times / 2);
      for (let run = 0; run < half; run += 1) await lastValueFrom(response$);
      event("the first half, one after the other");
      for (let done = half; done < times; done += 50) {
        const together = Math.min(50, times - done);
        await Promise.all(Array.from({ length: together }, () => lastValueFrom(response$)));
      }
      ran(times);
      expect(await counted()).to.equal(times);
      expect(state.sources).to.equal(hasRequests ? times : 0);
      expect(state.peers.size, "connections").to.equal(1);
    });

    it(`${type}: retry(2) makes two new calls, each with the requests from the beginning`, async () => {
      const { calls, requests, counted, state } = await countingServer("fails");
      for (let run = 0; run < runs(500); run += 1) {
        const error = (await failureOf(lastValueFrom(observe[type](calls, requests).pipe(retry(2))))) as CallError;
        expect(error.code).to.equal(status.UNAVAILABLE);
      }
      ran(runs(500));
      expect(await counted()).to.equal(3 * runs(500));
      expect(state.sources).to.equal(hasRequests ? 3 * runs(500) : 0);
    });
  }

  for (const [type, stream] of Object.entries(streams)) {
    it(`${type}: an iterable makes no call before it is iterated, and one for each loop`, async () => {
      const { calls, requests, counted } = await countingServer("answers");
      const responses = stream(calls, requests);
      responses[Symbol.asyncIterator]();
      figure("calls before next", await counted(), 0, type);
      for (let loop = 1; loop <= 3; loop += 1) expect(await collect(responses)).to.deep.equal([{ n: loop }]);
      expect(await counted()).to.equal(3);
    });
  }
});
