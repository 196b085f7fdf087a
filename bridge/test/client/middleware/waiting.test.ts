import { type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  buffered,
  CallError,
  type CallHooks,
  type ClientContext,
  coalesce,
  failWhenFull,
  StatusError,
} from "quartet-bridge";
import { finalize, from, NEVER, type Observable, Subject, startWith, tap, throwError } from "rxjs";
import { begin, callOf, types } from "../../harness/each-type.js";
import { gate } from "../../harness/loopback.js";
import { collect, countedProbes, failureOf, type Probe, throwing } from "../../harness/probe.js";
import { expectUnexpected, loggedErrors } from "../../harness/unexpected-errors.js";
import { recorder, serve } from "./serving.js";

describe("a client's middleware that returns a promise", () => {
  /** A middleware that waits for `go`. A call has reached it when `asked` settles. */
  function waiter() {
    const [asked, answer] = [gate(), gate()];
    const wait = async () => {
      asked.open();
      await answer.opened;
    };
    return { wait, asked: asked.opened, go: answer.open };
  }

  /** A caller whose middleware waits, the paths of the calls that a later middleware has seen, and how calls end. */
  async function waiting() {
    const { record, seen } = recorder();
    const { wait, asked, go } = waiter();
    const served = await serve();
    const later: string[] = [];
    const calls = served.calls(record, wait, ({ path }) => void later.push(path));
    return { ...served, calls, seen, asked, go, later };
  }

  for (const type of types) {
    it(`${type}: a call that is cancelled in the meantime is never made`, async () => {
      const { calls, seen, asked, go, reached, later } = await waiting();
      const ended = gate<StatusObject>();
      const handle = begin[type](calls, { onStatus: ended.open });
      await asked;
      handle.cancel();
      expect((await ended.opened).code).to.equal(status.CANCELLED);
      go();
      await calls.unary({ n: 7 });
      expect(reached).to.have.length(1);
      expect(later).to.have.length(1);
      expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(["CANCELLED", "OK"]);
    });

    it(`${type}: a signal that aborts in the meantime ends it, with the signal's reason`, async () => {
      const { calls, asked, reached } = await waiting();
      const leaving = new AbortController();
      const failed = failureOf(callOf[type](calls, { signal: leaving.signal }));
      await asked;
      leaving.abort("enough");
      expect(await failed)
        .to.be.instanceOf(CallError)
        .and.to.include({ code: status.CANCELLED, cause: "enough" });
      expect(reached).to.deep.equal([]);
    });

    it(`${type}: a deadline that passes in the meantime ends it`, async () => {
      const { calls, reached } = await waiting();
      const error = await failureOf(callOf[type](calls, { timeoutMs: 20 }));
      expect(error).to.include({ code: status.DEADLINE_EXCEEDED }).and.be.instanceOf(CallError);
      expect(reached).to.deep.equal([]);
    });
  }

  it("makes no call for a reader that leaves in the meantime, and that reader sees no error", async () => {
    const { calls, asked, go, reached, seen } = await waiting();
    const iterator = calls.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
    const first = iterator.next();
    await asked;
    await iterator.return?.();
    expect(await first).to.deep.equal({ done: true, value: undefined });
    const unexpected = () => expect.fail("an Observable that was left has emitted");
    const observer = { next: unexpected, error: unexpected, complete: unexpected };
    for (const method of [calls.unary, calls.serverStreaming])
      method.observe({ n: 1 }).subscribe(observer).unsubscribe();
    expect(seen).to.deep.equal(["ServerStreaming CANCELLED", "Unary CANCELLED", "ServerStreaming CANCELLED"]);
    go();
    await calls.unary({ n: 7 });
    expect(reached).to.have.length(1);
  });

  it("keeps early requests of an Observable, as they were emitted, and unsubscribes if the call is not made", async () => {
    const { calls, asked, go } = await waiting();
    const finalized: string[] = [];
    const source = (name: string) => {
      const request$ = new Subject<Probe>();
      return { request$, requests: request$.pipe(finalize(() => finalized.push(name))) };
    };
    for (const through of [
      (requests: Observable<Probe>) => requests,
      (requests: Observable<Probe>) => buffered(requests, failWhenFull<Probe>()),
      (requests: Observable<Probe>) => () => requests,
    ]) {
      const sent = source("sent");
      const handle = calls.bidirectional.start(through(sent.requests));
      const left = source("left");
      calls.clientStreaming.start(through(left.requests)).cancel();
      expect(finalized.splice(0)).to.deep.equal(["left"]);
      const changing = { n: 1 };
      sent.request$.next(changing);
      changing.n = 7;
      await asked;
      go();
      sent.request$.next({ n: 2 });
      const iterator = handle[Symbol.asyncIterator]();
      expect((await iterator.next()).value).to.deep.equal({ n: 1 });
      expect((await iterator.next()).value).to.deep.equal({ n: 2 });
      sent.request$.next({ n: 3 });
      sent.request$.complete();
      expect(await collect({ [Symbol.asyncIterator]: () => iterator })).to.deep.equal([{ n: 3 }]);
      expect(finalized.splice(0)).to.deep.equal(["sent"]);
    }
  });

  it("stops a source that ends its own call in the meantime", async () => {
    const { calls, reached } = await waiting();
    const leaving = new AbortController();
    const finalized = gate();
    const requests = NEVER.pipe(
      startWith({ n: 1 }),
      tap(() => leaving.abort()),
      finalize(finalized.open),
    );
    const failed = failureOf(collect(calls.bidirectional(requests, { signal: leaving.signal })));
    expect(await failed).to.have.property("code", status.CANCELLED);
    await finalized.opened;
    expect(reached).to.deep.equal([]);
  });

  it("lets early messages wait under their policy, which counts them (law L6)", async () => {
    const { calls, asked, go } = await waiting();
    const bounded = failWhenFull<Probe>({ messages: 2000 });
    const tooMany = failWhenFull<Probe>({ messages: 2 });
    const tooLarge = failWhenFull<Probe>({ bytes: 20 });
    const merged = coalesce<Probe>((older, newer) => ({ n: older.n + newer.n }));
    const policies = [bounded, tooMany, tooLarge, merged];
    const sources = policies.map(() => new Subject<Probe>());
    const outcomes = policies.map((policy, index) =>
      calls.clientStreaming(buffered(sources[index] ?? NEVER, policy)).then(
        ({ n }) => n,
        (error: CallError) => error.code,
      ),
    );
    await asked;
    for (let n = 1; n <= 2000; n += 1) for (const source of sources) source.next({ n });
    expect(bounded.counters).to.deep.equal({ delivered: 0, dropped: 0, waiting: 2000, peak: 2000 });
    expect(tooMany.counters).to.deep.equal({ delivered: 0, dropped: 3, waiting: 0, peak: 2 });
    expect(tooLarge.counters).to.include({ delivered: 0, waiting: 0 });
    expect(merged.counters).to.deep.equal({ delivered: 0, dropped: 1999, waiting: 1, peak: 1 });
    expect(sources.map(({ observed }) => observed)).to.deep.equal([true, false, false, true]);
    for (const source of sources) source.complete();
    go();
    const { RESOURCE_EXHAUSTED } = status;
    expect(await Promise.all(outcomes)).to.deep.equal([2001000, RESOURCE_EXHAUSTED, RESOURCE_EXHAUSTED, 2001000]);
    expect(bounded.counters).to.deep.equal({ delivered: 2000, dropped: 0, waiting: 0, peak: 2000 });
    expect(merged.counters).to.deep.equal({ delivered: 1, dropped: 1999, waiting: 0, peak: 1 });
  });

  it("maps early messages once, after a policy has merged them", async () => {
    const { wait, asked, go } = waiter();
    const { calls } = await serve();
    const addHalf = (_call: ClientContext, { mapRequests }: CallHooks<Probe, Probe>) =>
      mapRequests(({ n }) => ({ n: n + 0.5 }));
    const merged = coalesce<Probe>((older, newer) => ({ n: older.n + newer.n }));
    const sum = calls(wait, addHalf).clientStreaming(buffered(from([{ n: 1 }, { n: 2 }, { n: 3 }]), merged));
    await asked;
    go();
    expect(await sum).to.deep.equal({ n: 6.5 });
  });

  it("does not start an iterable early, and a promise that rejects is not an unhandled rejection", async () => {
    const { calls, asked, go, reached } = await waiting();
    const { state, source } = countedProbes(1);
    const sum = calls.clientStreaming(source());
    const thrown = new Error("no request");
    const failed = failureOf(calls.clientStreaming(Promise.reject(thrown)));
    await asked;
    await new Promise(setImmediate);
    expect(state.given).to.equal(0);
    expect(reached).to.deep.equal([]);
    go();
    expect(await sum).to.deep.equal({ n: 1 });
    expect(await failed).to.equal(thrown);
  });

  it("reports the error of a source if the call is cancelled before it begins", async () => {
    const { events } = loggedErrors("the source failed");
    const { calls } = await waiting();
    const handle = calls.clientStreaming.start(throwError(() => new Error("the source failed")));
    handle.cancel();
    expect((await handle.status).code).to.equal(status.CANCELLED);
    expect(events.map(({ error }) => String(error))).to.deep.equal(["Error: the source failed"]);
  });

  it("fails if the signal of the call throws, and no call is made", async () => {
    const { calls, reached } = await waiting();
    const thrown = new Error("a foreign signal");
    const fail = throwing(thrown);
    const signal = { aborted: false, addEventListener: fail, removeEventListener: fail } as unknown as AbortSignal;
    for (const type of types) expect(await failureOf(callOf[type](calls, { signal }))).to.equal(thrown);
    expect(reached).to.deep.equal([]);
  });

  it("fails with a TypeError for an option of a wrong type", async () => {
    const { calls, go } = await waiting();
    go();
    const signal = null as unknown as AbortSignal;
    for (const type of types) expect(await failureOf(callOf[type](calls, { signal }))).to.be.instanceOf(TypeError);
  });

  it("works with a signal that refuses to remove its listener", async () => {
    expectUnexpected("a foreign signal");
    const { wait, asked, go } = waiter();
    const { calls, reached } = await serve();
    const refuse = throwing(new StatusError(status.UNAUTHENTICATED, "no token"));
    const signal = {
      aborted: false,
      addEventListener() {},
      removeEventListener: () => expect.fail("a foreign signal"),
    } as unknown as AbortSignal;
    const failed = failureOf(calls(() => wait().then(refuse)).unary({ n: 1 }, { signal }));
    await asked;
    go();
    expect(await failed).to.have.property("code", status.UNAUTHENTICATED);
    expect(reached).to.deep.equal([]);
  });

  it("has its late error reported, unless the error only says that it was stopped", async () => {
    const { calls } = await serve();
    const leaving = new AbortController();
    const answer = gate();
    const settling: Promise<void>[] = [];
    const failing = (thrown: () => unknown) =>
      calls(() => {
        const running = answer.opened.then(() => {
          throw thrown();
        });
        settling.push(running.catch(() => {}));
        return running;
      });
    const { signal } = leaving;
    const all = [() => new Error("no token"), () => signal.reason, () => new DOMException("stopped", "AbortError")];
    const failed = all.map((thrown) => failureOf(failing(thrown).unary({ n: 1 }, { signal })));
    leaving.abort(new Error("enough"));
    for (const error of await Promise.all(failed)) expect(error).to.have.property("code", status.CANCELLED);
    const { events } = loggedErrors("no token");
    answer.open();
    await Promise.all(settling);
    await new Promise(setImmediate);
    expect(events.map(({ error }) => String(error))).to.deep.equal(["Error: no token"]);
  });

  it("keeps the order of messages that were asked for in the meantime", async () => {
    const { calls, asked, go } = await waiting();
    const iterator = calls.bidirectional([{ n: 1 }, { n: 2 }])[Symbol.asyncIterator]();
    const asks = [iterator.next(), iterator.next(), iterator.next()];
    await asked;
    go();
    expect((await Promise.all(asks)).map(({ value }) => value?.n)).to.deep.equal([1, 2, undefined]);
  });
});
