import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  buffered,
  type CallContext,
  type CallHooks,
  caller,
  coalesce,
  Encoded,
  type Handlers,
  type Incoming,
  implement,
  StatusError,
} from "quartet-bridge";
import { concat, finalize, from, lastValueFrom, NEVER, of, Subject, take, toArray } from "rxjs";
import { mostAhead } from "../../harness/buffers-on-the-way.js";
import { callOf, echo, types } from "../../harness/each-type.js";
import { afterTheTest, gate, loopback } from "../../harness/loopback.js";
import {
  collect,
  countedProbes,
  failureOf,
  type Probe,
  ProbeService,
  pushing,
  throwing,
  untilItEnds,
} from "../../harness/probe.js";
import { settled } from "../../harness/settled.js";
import { expectUnexpected } from "../../harness/unexpected-errors.js";
import { addTen, tenAdded } from "../../middleware/add-ten.js";
import { recorder, serve } from "./serving.js";

describe("a server's middleware that maps messages", () => {
  it("also applies under the generated definition", async () => {
    const server = new Server();
    server.addService(ProbeService, implement(ProbeService, [addTen], echo).implementation);
    const calls = caller(ProbeService, (await loopback(server)).client);
    for (const type of types) expect(await callOf[type](calls), type).to.deep.equal(tenAdded[type]);
  });

  for (const type of types) {
    it(`${type}: ends the call with the error of a map of requests, although the handler catches it`, async () => {
      const { record, all } = recorder();
      const validate = (_call: CallContext, { mapRequests }: CallHooks<Probe>) =>
        mapRequests((request) => {
          if (request.n === 2) throw new StatusError(status.INVALID_ARGUMENT, "n: must not be 2");
          return request;
        });
      const patient = async (requests: Incoming<Probe>) => {
        await collect(requests).catch(() => {});
        return { n: 0 };
      };
      const { calls } = await serve([record, validate], {
        ...echo,
        clientStreaming: patient,
        bidirectional: async function* (requests) {
          yield { n: 7 };
          yield await patient(requests);
          await new Promise(() => {});
        },
      });
      const requests = type === "unary" || type === "serverStreaming" ? [{ n: 2 }] : [{ n: 1 }, { n: 2 }, { n: 3 }];
      const error = await failureOf(callOf[type](calls, {}, requests));
      expect(error).to.include({ code: status.INVALID_ARGUMENT, details: "n: must not be 2" });
      expect((await all)[0]).to.match(/ INVALID_ARGUMENT /);
    });

    it(`${type}: ends the call with the error of a map of responses, after the earlier messages`, async () => {
      const refuse = (_call: CallContext, { mapResponses }: CallHooks<Probe, Probe>) =>
        mapResponses((response) => {
          if (response.n > 1) throw new StatusError(status.DATA_LOSS, "n is too large");
          return response;
        });
      const { calls } = await serve([refuse]);
      const expected = { code: status.DATA_LOSS, details: "n is too large" };
      if (type === "unary" || type === "clientStreaming") {
        expect(await failureOf(callOf[type](calls, {}, [{ n: 2 }]))).to.include(expected);
        return;
      }
      const responses =
        type === "bidirectional" ? calls.bidirectional([{ n: 1 }, { n: 2 }]) : calls.serverStreaming({ n: 1 });
      const { messages, error } = await untilItEnds(responses);
      expect(error).to.include(expected);
      expect(messages).to.deep.equal([{ n: 1 }]);
    });
  }

  it("stops the source of the responses if a map of requests throws", async () => {
    const finalized = gate();
    const refuse = (_call: CallContext, { mapRequests }: CallHooks<Probe>) =>
      mapRequests(throwing(new StatusError(status.INVALID_ARGUMENT, "no more")));
    const { calls } = await serve([refuse], {
      ...echo,
      bidirectional(requests) {
        requests.observe().subscribe({ error: () => {} });
        return NEVER.pipe(finalize(finalized.open));
      },
    });
    const error = await failureOf(collect(calls.bidirectional(concat(of({ n: 1 }), NEVER))));
    expect(error).to.have.property("code", status.INVALID_ARGUMENT);
    await finalized.opened;
  });

  it("maps messages of an Observable, a generator, a promise and an iterable, and messages that have their bytes", async () => {
    const encoded = new Encoded<Probe>({ n: 5 }, Buffer.from('{"n":5}'));
    const given: Handlers<typeof ProbeService>["serverStreaming"][] = [
      () => from([{ n: 5 }, encoded]),
      () =>
        buffered(
          from([encoded, { n: 5 }]),
          coalesce<Probe>((_older, newer) => newer),
        ),
      async () => [encoded, { n: 5 }],
      function* () {
        yield { n: 5 };
        yield encoded;
      },
    ];
    for (const serverStreaming of given) {
      const { calls } = await serve([addTen], { ...echo, serverStreaming, unary: () => encoded });
      expect(await collect(calls.serverStreaming({ n: 1 }))).to.deep.equal([{ n: 10 }, { n: 10 }]);
      expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 10 });
    }
  });

  it("lets a policy merge the messages of the handler, and maps each sent message once", async () => {
    const load = "x".repeat(100_000);
    const merged = coalesce<Probe>((older, newer) => ({ n: older.n + newer.n, load }));
    const event$ = new Subject<Probe>();
    const { begun, serverStreaming } = pushing(event$, merged);
    const addHalf = (_call: CallContext, { mapResponses }: CallHooks<Probe, Probe>) =>
      mapResponses(({ n, load = "" }) => ({ n: n + 0.5, load }));
    const { calls } = await serve([addHalf], { ...echo, serverStreaming });
    const handle = calls.serverStreaming.start({ n: 1 });
    await begun;
    let sum = 0;
    const count = 1000;
    for (let n = 1; n <= count; n += 1) event$.next({ n, load });
    event$.complete();
    let messages = 0;
    for await (const { n } of handle) {
      sum += n;
      messages += 1;
    }
    expect(messages).to.be.lessThan(count);
    expect(sum).to.equal((count * (count + 1)) / 2 + messages / 2);
    expect(merged.counters).to.include({ delivered: messages, dropped: count - messages, waiting: 0 });
  });

  it("maps observed requests, and unsubscribing pauses them", async () => {
    const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(1024));
    const read = gate<number[]>();
    const { calls } = await serve([addTen], {
      ...echo,
      async clientStreaming(requests) {
        const three = await lastValueFrom(requests.observe().pipe(take(3), toArray()));
        read.open(three.map(({ n }) => n));
        return new Promise<never>(() => {});
      },
    });
    const call = calls.clientStreaming.observe(source()).subscribe();
    afterTheTest(() => call.unsubscribe());
    expect(await read.opened).to.deep.equal([11, 12, 13]);
    expect(await settled(calls, () => state.given)).to.be.within(3, mostAhead(1024) + 16);
  });

  it("must return a message: a promise or nothing would be sent as an empty message", async () => {
    for (const map of [async (probe: Probe) => probe, () => {}] as unknown as ((probe: Probe) => Probe)[]) {
      for (const hook of ["mapRequests", "mapResponses"] as const) {
        expectUnexpected("must return a message");
        const { calls } = await serve([(_call, hooks) => hooks[hook](map)]);
        expect(await failureOf(calls.unary({ n: 1 }))).to.have.property("code", status.UNKNOWN);
      }
    }
  });
});
