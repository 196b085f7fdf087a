import { type Client, Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller, implement } from "quartet-bridge";
import { acting } from "../harness/each-type.js";
import { gate, loopback } from "../harness/loopback.js";
import { countedProbes, failureOf, type Probe, ProbeService, served } from "../harness/probe.js";
import { law, runs } from "./proof/law.js";

/** The probe service of a peer that has misread the contract: every method streams both ways. */
const MisreadService = Object.fromEntries(
  Object.entries(ProbeService).map(([name, method]) => [
    name,
    { ...method, requestStream: true, responseStream: true },
  ]),
) as { [Name in keyof typeof ProbeService]: (typeof ProbeService)["bidirectional"] };

/** A server that answers a unary call and a client-streaming call with `count` messages and OK. */
async function answeringTimes(count: number) {
  async function* answers(): AsyncGenerator<Probe> {
    for (let n = 1; n <= count; n += 1) yield { n };
  }
  const { unary, clientStreaming } = MisreadService;
  const misread = implement({ unary, clientStreaming }, { unary: answers, clientStreaming: answers });
  const server = misread.addTo(new Server());
  return caller(ProbeService, (await loopback(server)).client);
}

function shutDown(server: Server, client: Client): Promise<void> {
  client.close();
  return new Promise((resolve, reject) => server.tryShutdown((error) => (error ? reject(error) : resolve())));
}

law("L15", "no response, or two, to a unary call is an error; an early one blocks no shutdown", ({ ran, event }) => {
  for (const count of [0, 2, 100]) {
    it(`${count} answers: the client fails, in both types that have one`, async () => {
      const calls = await answeringTimes(count);
      for (const call of [() => calls.unary({ n: 1 }), () => calls.clientStreaming([{ n: 1 }])]) {
        const error = (await failureOf(call())) as CallError;
        expect(error.code).to.be.oneOf([status.UNIMPLEMENTED, status.INTERNAL]);
      }
      ran(2);
    });

    it(`${count} requests: the server refuses, and the handlers are not called`, async () => {
      let handled = 0;
      const { client } = await served(acting(() => (handled += 1)));
      const misread = caller(MisreadService, client);
      const requests = Array.from({ length: count }, (_, n) => ({ n }));
      for (const method of [misread.unary, misread.serverStreaming]) {
        const error = (await failureOf(method(requests)[Symbol.asyncIterator]().next())) as CallError;
        expect(error.code).to.be.oneOf([status.UNIMPLEMENTED, status.INTERNAL]);
      }
      ran(2);
      expect(handled).to.equal(0);
    });
  }

  it("one answer is a success", async () => {
    const calls = await answeringTimes(1);
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
    expect(await calls.clientStreaming([])).to.deep.equal({ n: 1 });
  });

  for (const read of ["none", "one", "one of many"] as const) {
    const times = runs(300);
    it(`an early answer, ${read} of the requests read: the server shuts down cleanly, ${times} times`, async () => {
      for (let run = 0; run < times; run += 1) {
        const sent = gate();
        const { calls, server, client } = await served({
          async clientStreaming(requests) {
            if (read === "none") await sent.opened;
            else for await (const _request of requests) break;
            return { n: 42 };
          },
        });
        const { state, source } = countedProbes(
          Number.POSITIVE_INFINITY,
          read === "one of many" ? "x".repeat(10_000) : "",
        );
        async function* requests(): AsyncGenerator<Probe> {
          for await (const request of source()) {
            yield request;
            sent.open();
            // A source that gives no more keeps the stream open on the client's side.
            if (read !== "one of many") await new Promise(() => {});
          }
        }
        expect(await calls.clientStreaming(requests())).to.deep.equal({ n: 42 });
        await shutDown(server, client);
        event(`shut down ${run + 1} times; ${state.given} given`);
      }
      ran(times);
    });
  }
});
