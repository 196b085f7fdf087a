import { getEventListeners } from "node:events";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { mapOnDemand, StatusError, streamingChannelOptions } from "quartet-bridge";
import { mostAhead } from "../harness/buffers-on-the-way.js";
import { type Gate, gate } from "../harness/loopback.js";
import { collect, countedProbes, failureOf, served, throwing } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { settled } from "../harness/settled.js";
import { emitted, loggedErrors } from "../harness/unexpected-errors.js";

/** Runs everything that waits only for its turn. */
const allTurns = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A source of the numbers from 1 to `count`, which gives each one at once, and the state of the source. */
function numbers(count = Number.POSITIVE_INFINITY, failure?: Error) {
  const state = { opened: 0, read: 0, returned: 0 };
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]() {
      state.opened += 1;
      return {
        async next() {
          if (state.read >= count) {
            if (failure) throw failure;
            return { done: true, value: undefined };
          }
          state.read += 1;
          return { done: false, value: state.read };
        },
        async return() {
          state.returned += 1;
          return { done: true, value: undefined };
        },
      };
    },
  };
  return { state, source };
}

/** A projection that waits for the test: `ends[2]` is the gate of the third message. */
function held() {
  const ends: Gate<string | Error>[] = [];
  return {
    ends,
    async project(): Promise<string> {
      const end = gate<string | Error>();
      ends.push(end);
      const outcome = await end.opened;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
}

/** The iterator of a map on demand. */
const mapped = <Out>(...args: Parameters<typeof mapOnDemand<number, Out>>) =>
  mapOnDemand(...args)[Symbol.asyncIterator]() as AsyncIterableIterator<Out>;

const unheard = new Error("unhandled");

const finished = { done: true, value: undefined };

describe("a map on demand", () => {
  for (const concurrency of [1, 2, 8]) {
    it(`reads nothing before the first request, and then at most ${concurrency} ahead of the requested results`, async () => {
      const { state, source } = numbers();
      const results = mapped(source, (n) => n, { concurrency });
      await allTurns();
      expect(state).to.deep.equal({ opened: 0, read: 0, returned: 0 });
      for (let asked = 1; asked <= 5; asked += 1) {
        expect(await results.next()).to.deep.equal({ done: false, value: asked });
        await allTurns();
        expect(state.read).to.equal(asked + concurrency);
      }
      await results.return?.();
    });

    it(`projects ${concurrency} at a time, however many results are asked for at once`, async () => {
      const { state, source } = numbers();
      const { ends, project } = held();
      const results = mapped(source, project, { concurrency });
      const asked = Array.from({ length: 20 }, () => results.next());
      await allTurns();
      expect([state.read, ends.length]).to.deep.equal([concurrency, concurrency]);
      ends[0]?.open("first");
      expect(await asked[0]).to.deep.equal({ done: false, value: "first" });
      await allTurns();
      expect([state.read, ends.length]).to.deep.equal([concurrency + 1, concurrency + 1]);
      await results.return?.();
      expect(await Promise.all(asked.slice(1))).to.deep.equal(Array.from({ length: 19 }, () => finished));
    });
  }

  it("gives the results in the order of the source, whichever is ready first, and counts waiting ones", async () => {
    const { state, source } = numbers(4);
    const { ends, project } = held();
    const results = mapped(source, project, { concurrency: 3 });
    const first = results.next();
    await allTurns();
    ends[2]?.open("third");
    ends[1]?.open("second");
    await allTurns();
    expect(state.read).to.equal(3);
    ends[0]?.open("first");
    expect((await first).value).to.equal("first");
    await allTurns();
    ends[3]?.open("fourth");
    expect((await results.next()).value).to.equal("second");
    expect((await results.next()).value).to.equal("third");
    expect((await results.next()).value).to.equal("fourth");
    expect(await results.next()).to.deep.equal(finished);
    await results.return?.();
    expect([state.read, state.returned]).to.deep.equal([4, 0]);
  });

  it(`10,000 messages with random concurrency and random times: complete, in order, bounded (SEED=${seed})`, async () => {
    const chance = random(seed);
    for (let run = 0; run < 10; run += 1) {
      const concurrency = 1 + Math.floor(chance() * 10);
      const { state, source } = numbers(1000);
      let [underWay, taken] = [0, 0];
      async function project(n: number, index: number): Promise<number> {
        underWay += 1;
        if (underWay > concurrency) throw new Error(`${underWay} were under way, not ${concurrency}`);
        if (index !== n - 1) throw new Error(`${n} has the index ${index}`);
        while (chance() < 0.3) await (chance() < 0.5 ? Promise.resolve() : allTurns());
        underWay -= 1;
        return n;
      }
      for await (const n of mapOnDemand(source, project, { concurrency })) {
        taken += 1;
        expect(n).to.equal(taken);
        if (chance() < 0.1) await allTurns();
        expect(state.read).to.be.at.most(taken + concurrency);
      }
      expect(taken).to.equal(1000);
    }
  });

  it("100,000 immediate results do not grow the stack", async () => {
    const { source } = numbers(100_000);
    let last = 0;
    for await (const n of mapOnDemand(source, (n) => n, { concurrency: 1000 })) last = n;
    expect(last).to.equal(100_000);
  });

  it("refuses an invalid concurrency", () => {
    for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => mapOnDemand(numbers().source, (n) => n, { concurrency })).to.throw(RangeError);
    }
  });
});

describe("a map on demand that fails", () => {
  const mistake = new Error("a mistake");

  for (const failing of [1, 3]) {
    for (const [way, fail] of [
      ["throws", throwing(mistake)],
      ["rejects", () => Promise.reject(mistake)],
    ] as const) {
      it(`gives the error that project ${way} at message ${failing} in its place, reads no more and returns the source`, async () => {
        const { state, source } = numbers();
        const results = mapped(source, (n) => (n === failing ? fail() : n), { concurrency: 2 });
        for (let n = 1; n < failing; n += 1) expect((await results.next()).value).to.equal(n);
        expect(await failureOf(results.next())).to.equal(mistake);
        const { read } = state;
        expect(await results.next()).to.deep.equal(finished);
        await allTurns();
        expect([state.read, state.returned]).to.deep.equal([read, 1]);
      });
    }
  }

  it("gives the results of earlier messages first, even if a later one fails before them", async () => {
    const { events: log } = loggedErrors(unheard.message);
    const { state, source } = numbers();
    const { ends, project } = held();
    const results = mapped(source, project, { concurrency: 3 });
    const [first, second] = [results.next(), results.next()];
    const failure = failureOf(second);
    await allTurns();
    ends[1]?.open(mistake);
    await allTurns();
    expect(state.returned).to.equal(1);
    ends[2]?.open(unheard);
    ends[0]?.open("first");
    expect((await first).value).to.equal("first");
    expect(await failure).to.equal(mistake);
    await allTurns();
    expect([ends.length, state.returned]).to.deep.equal([3, 1]);
    expect(log).to.deep.equal([{ path: "mapOnDemand", error: unheard }]);
  });

  it("gives the error of the earlier of two messages that fail, and the other one goes to the log", async () => {
    const { events: log } = loggedErrors(unheard.message);
    const { ends, project } = held();
    const results = mapped(numbers().source, project, { concurrency: 2 });
    const failure = failureOf(results.next());
    await allTurns();
    ends[1]?.open(unheard);
    await allTurns();
    ends[0]?.open(mistake);
    expect(await failure).to.equal(mistake);
    expect(await results.next()).to.deep.equal(finished);
    expect(log).to.deep.equal([{ path: "mapOnDemand", error: unheard }]);
  });

  it("gives an error of the source after the results, and does not return the failed source", async () => {
    const { state, source } = numbers(2, mistake);
    const results = mapped(source, (n) => n, { concurrency: 5 });
    expect((await results.next()).value).to.equal(1);
    expect((await results.next()).value).to.equal(2);
    expect(await failureOf(results.next())).to.equal(mistake);
    expect([await results.next(), state.returned]).to.deep.equal([finished, 0]);
  });

  it("gives the error of a source that cannot be iterated", async () => {
    const source: AsyncIterable<number> = { [Symbol.asyncIterator]: throwing(mistake) };
    expect(await failureOf(collect(mapOnDemand(source, (n) => n)))).to.equal(mistake);
  });

  it("keeps the error of project if the source's clean-up fails too, whose error goes to the log", async () => {
    const { events: log } = loggedErrors(unheard.message);
    const { source } = numbers();
    const iterator = source[Symbol.asyncIterator]();
    const failing = Object.assign(iterator, { return: () => Promise.reject(unheard) });
    const results = mapped({ [Symbol.asyncIterator]: () => failing }, () => Promise.reject(mistake));
    expect(await failureOf(collect(results))).to.equal(mistake);
    await allTurns();
    expect(log).to.deep.equal([{ path: "mapOnDemand", error: unheard }]);
  });
});

describe("the iterator of a map on demand", () => {
  it("uses the defaults if the options are undefined", async () => {
    const options = { concurrency: undefined, signal: undefined };
    expect(await collect(mapOnDemand(numbers(2).source, (n) => n, options))).to.deep.equal([1, 2]);
  });

  it("can be looped over after its first result", async () => {
    const results = mapped(numbers(3).source, (n) => 2 * n);
    expect((await results.next()).value).to.equal(2);
    expect(await collect(results)).to.deep.equal([4, 6]);
  });
});

describe("a map on demand that is left", () => {
  for (const leave of ["break", "throw"] as const) {
    it(`by ${leave} returns the source once, and an error of its clean-up goes to the log`, async () => {
      const { events: log } = loggedErrors(unheard.message);
      const cleaned = gate<number>();
      async function* source() {
        let n = 0;
        try {
          for (;;) {
            n += 1;
            yield n;
          }
        } finally {
          cleaned.open(n);
          await Promise.reject(unheard);
        }
      }
      async function loop(): Promise<void> {
        for await (const n of mapOnDemand(source(), (n) => n)) {
          if (n < 3) continue;
          if (leave === "break") break;
          throw new Error("out of the loop");
        }
      }
      expect(await loop().catch(({ message }) => message)).to.equal(leave === "throw" ? "out of the loop" : undefined);
      expect(await cleaned.opened).to.be.at.most(4);
      await allTurns();
      expect(log).to.deep.equal([{ path: "mapOnDemand", error: unheard }]);
    });
  }

  for (const late of ["gives a message", "fails"] as const) {
    it(`does not wait for a source that is being read, and gives nothing more when that ${late}`, async () => {
      const { events: log } = loggedErrors(unheard.message);
      let answer: (result: IteratorResult<number> | Promise<never>) => void = () => {};
      const answered = new Promise<IteratorResult<number>>((resolve) => (answer = resolve));
      let returned = 0;
      const source: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () => answered,
          return() {
            returned += 1;
            return answered;
          },
        }),
      };
      const results = mapped(source, (n) => n);
      const asked = results.next();
      expect(await results.return?.()).to.deep.equal(finished);
      expect([await asked, returned]).to.deep.equal([finished, 1]);
      answer(late === "fails" ? Promise.reject(unheard) : { done: false, value: 1 });
      await allTurns();
      expect(await results.next()).to.deep.equal(finished);
      expect(await results.return?.()).to.deep.equal(finished);
      expect(returned).to.equal(1);
      expect(log.length > 0).to.equal(late === "fails");
    });
  }

  it("ignores a late result of project, and its error goes to the log", async () => {
    const { events: log } = loggedErrors(unheard.message);
    const { state, source } = numbers();
    const { ends, project } = held();
    const results = mapped(source, project, { concurrency: 2 });
    const asked = results.next();
    await allTurns();
    await results.return?.();
    ends[0]?.open(unheard);
    ends[1]?.open("ignored");
    await allTurns();
    expect(log).to.deep.equal([{ path: "mapOnDemand", error: unheard }]);
    expect([await asked, await results.next()]).to.deep.equal([finished, finished]);
    expect([state.read, state.returned]).to.deep.equal([2, 1]);
  });

  it("from inside project gives nothing more", async () => {
    const { state, source } = numbers();
    const results = mapOnDemand(source, (n) => {
      void results.return?.();
      return n;
    })[Symbol.asyncIterator]() as AsyncIterator<number>;
    expect(await results.next()).to.deep.equal(finished);
    expect([state.read, state.returned]).to.deep.equal([1, 1]);
  });

  it("before it has begun never opens the source", async () => {
    const { state, source } = numbers();
    const results = mapped(source, (n) => n, { signal: AbortSignal.abort() });
    await results.return?.();
    expect([await results.next(), state.opened]).to.deep.equal([finished, 0]);
  });
});

describe("a map on demand with a signal", () => {
  it("ends with the signal's reason at once when it aborts, and returns the source", async () => {
    const { state, source } = numbers();
    const { ends, project } = held();
    const abort = new AbortController();
    const results = mapped(source, project, { concurrency: 2, signal: abort.signal });
    const failure = failureOf(results.next());
    await allTurns();
    ends[1]?.open("ignored");
    const reason = new Error("enough");
    abort.abort(reason);
    expect(await failure).to.equal(reason);
    expect(await results.next()).to.deep.equal(finished);
    expect(state.returned).to.equal(1);
  });

  it("gives the reason to the next request, and does not open the source after it", async () => {
    const { state, source } = numbers();
    const reason = new Error("enough");
    const results = mapped(source, (n) => n, { signal: AbortSignal.abort(reason) });
    expect(await failureOf(results.next())).to.equal(reason);
    expect([await results.next(), state.opened]).to.deep.equal([finished, 0]);
  });

  it("of a polyfill ends with its reason, and keeps no listener", async () => {
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      reason: new Error("enough"),
      addEventListener: (_: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
    };
    const results = mapped(numbers().source, () => new Promise<never>(() => {}), { signal: signal as never });
    const failure = failureOf(results.next());
    expect(listeners.size).to.equal(1);
    for (const listener of listeners) listener();
    expect(await failure).to.equal(signal.reason);
    expect(listeners.size).to.equal(0);
  });

  it("logs nothing if the source or project only says that it was stopped", async () => {
    const { events: log } = loggedErrors(unheard.message);
    const { ends, project } = held();
    const abort = new AbortController();
    const source = numbers().source[Symbol.asyncIterator]();
    const stopped = Object.assign(source, { return: () => Promise.reject(abort.signal.reason) });
    const { signal } = abort;
    const results = mapped({ [Symbol.asyncIterator]: () => stopped }, project, { concurrency: 3, signal });
    const failure = failureOf(results.next());
    await allTurns();
    const reason = new Error("enough");
    abort.abort(reason);
    expect(await failure).to.equal(reason);
    const errors = [reason, new DOMException("aborted", "AbortError"), new StatusError(status.CANCELLED, "cancelled")];
    for (const [index, error] of errors.entries()) ends[index]?.open(error);
    await allTurns();
    expect(log).to.deep.equal([]);
  });

  it("leaves no listener on it, however it ends, and causes no warning for twenty at once", async () => {
    const warnings = emitted("warning");
    const { signal } = new AbortController();
    const fail = () => Promise.reject(new Error("a mistake"));
    const all = Array.from({ length: 20 }, async () => {
      await collect(mapOnDemand(numbers(3).source, (n) => n, { signal }));
      await failureOf(collect(mapOnDemand(numbers(3).source, fail, { signal })));
      await failureOf(collect(mapOnDemand(numbers(3, new Error("a mistake")).source, (n) => n, { signal })));
      for await (const _n of mapOnDemand(numbers().source, (n) => n, { signal })) break;
    });
    expect(getEventListeners(signal, "abort")).to.have.length(20);
    await Promise.all(all);
    await allTurns();
    expect([getEventListeners(signal, "abort"), warnings]).to.deep.equal([[], []]);
  });
});

describe("a map on demand in a call", () => {
  it("that is slow makes the sender wait, and gives all results in the end", async () => {
    const concurrency = 4;
    const [count, bytes] = [500, 10_240];
    const { ends, project } = held();
    let open = false;
    const { calls } = await served(
      {
        bidirectional: (requests) =>
          mapOnDemand(
            requests,
            async ({ n }) => {
              if (!open) await project();
              return { n };
            },
            { concurrency },
          ),
        unary: (request) => request,
      },
      { client: streamingChannelOptions },
    );
    const { state, source } = countedProbes(count, "x".repeat(bytes));
    const received: number[] = [];
    const ended = (async () => {
      for await (const { n } of calls.bidirectional(source())) received.push(n);
    })();
    const given = await settled(calls, () => state.given);
    // The retry buffer takes 4 KiB beyond the window; see streamingChannelOptions.
    expect(given)
      .to.be.greaterThan(concurrency)
      .and.at.most(mostAhead(bytes) + 1 + concurrency);
    expect([ends.length, received.length]).to.deep.equal([concurrency, 0]);
    open = true;
    for (const end of ends) end.open("go on");
    await ended;
    expect(received).to.deep.equal(Array.from({ length: count }, (_, at) => at + 1));
    expect(state.finalized).to.equal(1);
  });
});
