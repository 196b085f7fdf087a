import { expect } from "chai";
import { caller, type Source, streamingChannelOptions } from "quartet-bridge";
import { lastValueFrom, Observable, Subject, takeUntil, toArray } from "rxjs";
import { gate } from "../harness/loopback.js";
import { collect, type Probe, ProbeService, served } from "../harness/probe.js";
import { law, runs } from "./proof/law.js";

/** How many frames are on the stack here. */
function stackDepth(): number {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 10_000;
  const depth = (new Error().stack ?? "").split("\n").length - 1;
  Error.stackTraceLimit = limit;
  return depth;
}

/** Deeper than the stack that calls a source for its first message. A growing stack has thousands of frames. */
const shallow = 60;

function* generator(given: (n: number) => void, finalized: () => void): Generator<Probe> {
  try {
    for (let n = 1; ; n += 1) {
      given(n);
      yield { n };
    }
  } finally {
    finalized();
  }
}

/** Sources that report each number before they give it, and report when they are finalized. */
const leavingSources: Record<string, (given: (n: number) => void, finalized: () => void) => Source<Probe>> = {
  "a generator": generator,
  async *"an async generator"(given, finalized) {
    yield* generator(given, finalized);
  },
  "an Observable": (given, finalized) =>
    new Observable<Probe>((subscriber) => {
      subscriber.add(finalized);
      let n = 0;
      function emit(): void {
        for (const last = n + 8; n < last && !subscriber.closed; ) {
          n += 1;
          given(n);
          subscriber.next({ n });
        }
        if (!subscriber.closed) setImmediate(emit);
      }
      setImmediate(emit);
    }),
  "an Observable that emits while it is subscribed": (given, finalized) =>
    new Observable<Probe>((subscriber) => {
      subscriber.add(finalized);
      for (let n = 1; n <= 40; n += 1) {
        given(n);
        subscriber.next({ n });
      }
    }),
};

/**
 * How many messages a source may have given if it ends its call with number `at`: no more than that, except for an
 * Observable that does not check whether it still has a subscriber.
 */
function mostGiven(what: string, at: number): number {
  return what.endsWith("while it is subscribed") ? 40 : at;
}

law("L19", "calls inside next, and 1,000,000 messages at once, do not grow the stack", ({ ran, figure, event }) => {
  it("a reader that sends inside next: each message is answered in order", async () => {
    const { calls } = await served({ bidirectional: (requests) => requests });
    const request$ = new Subject<Probe>();
    const most = runs(20_000);
    const seen: number[] = [];
    let deepest = 0;
    await new Promise<void>((resolve, reject) => {
      calls.bidirectional.observe(request$).subscribe({
        next({ n }) {
          seen.push(n);
          deepest = Math.max(deepest, stackDepth());
          if (n === most) request$.complete();
          else request$.next({ n: n + 1 });
        },
        complete: resolve,
        error: reject,
      });
      request$.next({ n: 1 });
    });
    ran(most);
    expect(seen).to.deep.equal(Array.from({ length: most }, (_, index) => index + 1));
    figure("frames on the stack, question and answer", deepest, shallow, "client");
  });

  it("a handler that answers inside next, and one that answers several times", async () => {
    const { calls } = await served({
      bidirectional: (requests) => {
        const response$ = new Subject<Probe>();
        setImmediate(() =>
          requests.observe().subscribe({
            next({ n }) {
              response$.next({ n: 2 * n });
              response$.next({ n: 2 * n + 1 });
            },
            complete: () => response$.complete(),
            error: (error) => response$.error(error),
          }),
        );
        return response$;
      },
    });
    const request$ = new Subject<Probe>();
    const most = runs(5000);
    const seen: number[] = [];
    await new Promise<void>((resolve, reject) => {
      calls.bidirectional.observe(request$).subscribe({
        next({ n }) {
          seen.push(n);
          if (n === 2 * most + 1) request$.complete();
          else if (n % 2 === 1) request$.next({ n: (n + 1) / 2 });
        },
        complete: resolve,
        error: reject,
      });
      request$.next({ n: 1 });
    });
    ran(most);
    expect(seen).to.deep.equal(Array.from({ length: 2 * most }, (_, index) => index + 2));
  });

  it("a source whose next is called inside next, 500 deep: nothing is lost or duplicated", async () => {
    const all = Array.from({ length: 500 }, (_, index) => ({ n: index + 1 }));
    const { calls } = await served({
      serverStreaming: () => nested(all.length),
      async clientStreaming(requests) {
        expect(await collect(requests)).to.deep.equal(all);
        return { n: all.length };
      },
    });
    for (let run = 0; run < runs(200); run += 1) {
      expect(await calls.clientStreaming(nested(all.length))).to.deep.equal({ n: all.length });
      expect(await lastValueFrom(calls.serverStreaming.observe({ n: 1 }).pipe(toArray()))).to.deep.equal(all);
      event(`run ${run}`);
    }
    ran(2 * runs(200));
  });

  for (const type of ["clientStreaming", "bidirectional"] as const) {
    for (const [what, source] of Object.entries(leavingSources)) {
      const times = runs(500);
      it(`${type}: ${what} that ends the call inside its next is finalized once, and not asked again`, async () => {
        const { connect } = await served({
          unary: (request) => request,
          clientStreaming: () => new Promise<never>(() => {}),
          bidirectional: () => new Promise<never>(() => {}),
        });
        // While the call is made, while the stream of grpc-js is full, and while it flows.
        for (const at of [1, 2, 16, 17, 40]) {
          // Some thousand cancels in a row end a connection.
          const calls = caller(ProbeService, connect());
          for (let run = 0; run < times; run += 1) {
            const leave$ = new Subject<void>();
            const finalized = gate();
            const state = { given: 0, finalized: 0 };
            const requests = source(
              (n) => {
                state.given = n;
                if (n === at) leave$.next();
              },
              () => {
                state.finalized += 1;
                finalized.open();
              },
            );
            calls[type].observe(requests).pipe(takeUntil(leave$)).subscribe();
            await finalized.opened;
            event(`left at ${at}, run ${run}`);
            await calls.unary({ n: 0 });
            expect(state.finalized).to.equal(1);
            expect(state.given).to.be.within(at, mostGiven(what, at));
          }
        }
        ran(5 * times);
      });
    }
  }

  for (const how of ["complete", "error"] as const) {
    it(`bidirectional: a reader that ends its own requests inside next, by ${how}`, async () => {
      const { calls } = await served({ bidirectional: (requests) => requests });
      const failure = new Error("no more of this");
      for (let run = 0; run < runs(500); run += 1) {
        const request$ = new Subject<Probe>();
        const outcome = gate<unknown>();
        const seen: number[] = [];
        calls.bidirectional.observe(request$).subscribe({
          next({ n }) {
            seen.push(n);
            if (how === "complete") request$.complete();
            else request$.error(failure);
          },
          complete: () => outcome.open("complete"),
          error: outcome.open,
        });
        request$.next({ n: 1 });
        expect(await outcome.opened).to.equal(how === "complete" ? "complete" : failure);
        expect(seen).to.deep.equal([1]);
        event(`run ${run}`);
      }
      ran(runs(500));
    });
  }

  const many = runs(1_000_000);

  /** `many` messages in one turn of the event loop, and how deep the stack was. */
  function synchronous() {
    const state = { deepest: 0 };
    function* source(): Generator<Probe> {
      for (let n = 1; n <= many; n += 1) {
        if (n % 100 === 0) state.deepest = Math.max(state.deepest, stackDepth());
        yield { n };
      }
    }
    return { state, source };
  }

  async function count(messages: AsyncIterable<Probe>): Promise<Probe> {
    let last = 0;
    for await (const { n } of messages) {
      if (n !== last + 1) throw new Error(`${n} came after ${last}`);
      last = n;
      if (n % 10_000 === 0) event(`${n} received`);
    }
    return { n: last };
  }

  it(`server streaming: a synchronous source of ${many}`, async () => {
    const { state, source } = synchronous();
    const { calls } = await served({ serverStreaming: source });
    expect(await count(calls.serverStreaming({ n: 1 }))).to.deep.equal({ n: many });
    figure("frames on the stack of a synchronous source", state.deepest, shallow, "server");
    ran(many);
  });

  it(`client streaming: a synchronous source of ${many}`, async () => {
    const { state, source } = synchronous();
    const { calls } = await served({ clientStreaming: count }, { client: streamingChannelOptions });
    expect(await calls.clientStreaming(source())).to.deep.equal({ n: many });
    figure("frames on the stack of a synchronous source", state.deepest, shallow, "client");
    ran(many);
  });
});

/** Emits 1 to `count`, each inside the `next` of the one before. */
function nested(count: number): Observable<Probe> {
  return new Observable<Probe>((subscriber) => {
    const relay = new Subject<Probe>();
    subscriber.add(relay.subscribe(subscriber));
    relay.subscribe(({ n }) => {
      if (n < count) relay.next({ n: n + 1 });
      else relay.complete();
    });
    setImmediate(() => relay.next({ n: 1 }));
  });
}
