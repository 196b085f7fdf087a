import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, type ResumingOptions, type Retry, resuming, StatusError } from "quartet-bridge";
import {
  concat,
  config,
  finalize,
  NEVER,
  Observable,
  of,
  Subject,
  type Subscription,
  take,
  throwError,
  timer,
  VirtualTimeScheduler,
} from "rxjs";
import { afterTheTest, gate } from "../harness/loopback.js";
import { throwing } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";

const unavailable = new StatusError(status.UNAVAILABLE, "away");
const failing = throwError(() => unavailable);

/** Messages are numbers from 1, and each is its own position; 0 is a greeting, which has none. */
const cursor = (n: number) => (n === 0 ? undefined : n);

/** A resumed stream on a clock that the test moves, and a record of everything that happens on it. */
function record(
  attempts: (nth: number, after: number | undefined, clock: VirtualTimeScheduler) => Observable<number>,
  options: Partial<ResumingOptions<number, number>> = {},
) {
  const scheduler = new VirtualTimeScheduler();
  const retries: Retry<number>[] = [];
  const seen: (number | string)[] = [];
  const errors: unknown[] = [];
  const begun: { at: number; after: number | undefined; deadline: number | undefined }[] = [];
  const number$ = resuming(
    (after: number | undefined, { deadline }) => {
      begun.push({ at: scheduler.frame, after, deadline: deadline?.getTime() });
      return attempts(begun.length, after, scheduler);
    },
    { cursor, scheduler, random: () => 1, onRetry: (retry) => retries.push(retry), ...options },
  );
  const subscribe = () =>
    number$.subscribe({
      next: (n) => seen.push(n),
      error(error: unknown) {
        errors.push(error);
        seen.push(error instanceof Error ? error.message : String(error));
      },
      complete: () => seen.push("complete"),
    });
  /** Moves the clock to the moment `at`, and runs what is due on the way. */
  function until(at: number): void {
    scheduler.maxFrames = at;
    scheduler.flush();
    scheduler.frame = at;
  }
  /** Subscribes, and moves the clock to the moment `at`. */
  function play(at: number): Subscription {
    const subscription = subscribe();
    until(at);
    return subscription;
  }
  const timers = () => scheduler.actions.length;
  return { number$, subscribe, until, play, retries, seen, errors, begun, timers };
}

describe("a stream that is resumed", () => {
  it("continues after the last position, also if messages without one came after it", () => {
    const run = record((nth) => [concat(of(0, 1, 2, 0), failing), concat(of(0), failing), of(0, 3)][nth - 1] ?? NEVER);
    run.play(10_000);
    expect(run.seen).to.deep.equal([0, 1, 2, 0, 0, 0, 3, "complete"]);
    expect(run.begun.map(({ after }) => after)).to.deep.equal([undefined, 2, 2]);
    expect(run.timers()).to.equal(0);
  });

  it("begins at a saved position, and each subscription has its own position", () => {
    const run = record((nth) => (nth === 1 ? concat(of(8), failing) : NEVER), { after: 7 });
    run.subscribe().add(run.subscribe());
    run.until(200);
    expect(run.begun.map(({ after }) => after)).to.deep.equal([7, 7, 8]);
  });

  it("does nothing before it is subscribed", () => expect(record(() => NEVER).begun).to.deep.equal([]));

  it("tells before each wait the error, the number of failures, how long it waits and where it continues", () => {
    const run = record((nth) => (nth === 1 ? concat(of(5), failing) : failing));
    run.play(300);
    expect(run.retries).to.deep.equal([
      { error: unavailable, attempt: 1, delayMs: 200, after: 5 },
      { error: unavailable, attempt: 2, delayMs: 400, after: 5 },
    ]);
  });

  it("waits up to 200 ms, twice as long after each failure, and at most 30 s by default", () => {
    const run = record(() => failing);
    const subscription = run.play(120_000);
    const waits = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];
    expect(run.retries.slice(0, 10).map(({ delayMs }) => delayMs)).to.deep.equal(waits);
    expect(run.begun.slice(0, 4).map(({ at }) => at)).to.deep.equal([0, 200, 600, 1400]);
    subscription.unsubscribe();
    expect(run.timers()).to.equal(0);
    const told = record(() => failing, { backoff: { initialMs: 10, multiplier: 3, maxMs: 50 } });
    told.play(150);
    expect(told.retries.map(({ delayMs }) => delayMs)).to.deep.equal([10, 30, 50, 50, 50]);
  });

  it(`waits any part of the bound, from nothing to all of it (SEED=${seed})`, () => {
    const run = record(() => failing, { backoff: { initialMs: 1000, maxMs: 1000 }, random: random(seed) });
    run.play(500_000);
    const tenths = new Set(run.retries.map(({ delayMs }) => Math.floor(delayMs / 100)));
    expect([...tenths].sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("resets the waits after a message with a position, not after a greeting", () => {
    const greeted = record(() => concat(of(0), failing));
    greeted.play(1400);
    expect(greeted.retries.map(({ attempt }) => attempt)).to.deep.equal([1, 2, 3, 4]);
    const given = record((nth) => (nth % 3 === 0 ? concat(of(nth), failing) : failing));
    given.play(1400);
    expect(given.retries.map(({ attempt }) => attempt)).to.deep.equal([1, 2, 1, 2, 3]);
    expect(given.retries.map(({ delayMs }) => delayMs)).to.deep.equal([200, 400, 200, 400, 800]);
  });

  it("resets the waits after an attempt that lasted longer than the longest wait, with or without messages", () => {
    function attemptsWhere(thirdLastsMs: number): number[] {
      const run = record((nth, _after, clock) => (nth === 3 ? concat(timer(thirdLastsMs, clock), failing) : failing), {
        backoff: { maxMs: 1000 },
        cursor: () => undefined,
      });
      run.play(2500);
      return run.retries.slice(0, 4).map(({ attempt }) => attempt);
    }
    expect(attemptsWhere(1000)).to.deep.equal([1, 2, 3, 4]);
    expect(attemptsWhere(1001)).to.deep.equal([1, 2, 1, 2]);
  });

  it("ends with the unchanged error of an attempt that is not retryable", () => {
    const denied = new StatusError(status.PERMISSION_DENIED, "no");
    for (const error of [denied, new TypeError("a mistake"), "a text", undefined, { code: status.UNAVAILABLE }]) {
      const run = record(() => throwError(() => error));
      run.subscribe();
      expect(run.errors).to.have.length(1);
      expect(run.errors[0]).to.equal(error);
      expect([run.retries.length, run.timers()]).to.deep.equal([0, 0]);
    }
  });

  it("retries only UNAVAILABLE by default", () => {
    for (let code = 1; code <= 16; code += 1) {
      const run = record(() => throwError(() => new StatusError(code, "")));
      run.subscribe();
      expect(run.retries, status[code]).to.have.length(code === status.UNAVAILABLE ? 1 : 0);
    }
  });

  it("lets the caller decide which errors to retry, and how often", () => {
    const aborted = new StatusError(status.ABORTED, "lost the race");
    const retryable = (error: unknown, attempt: number) => error === aborted && attempt < 3;
    const run = record(() => throwError(() => aborted), { retryable });
    run.play(10_000);
    expect([run.begun.length, run.seen]).to.deep.equal([3, [aborted.message]]);
  });

  for (const thrower of ["cursor", "retryable", "onRetry", "random", "subscribe"] as const) {
    it(`ends with the error of ${thrower}, and cancels the attempt`, () => {
      const fail = throwing(new Error("a mistake"));
      let cancelled = 0;
      const attempt = concat(of(1), failing).pipe(finalize(() => (cancelled += 1)));
      const run = record(thrower === "subscribe" ? fail : () => attempt, { [thrower]: fail });
      run.subscribe();
      expect(run.seen).to.deep.equal(["cursor", "subscribe"].includes(thrower) ? ["a mistake"] : [1, "a mistake"]);
      expect([cancelled, run.timers()]).to.deep.equal([thrower === "subscribe" ? 0 : 1, 0]);
    });
  }

  it("treats undefined options as absent", () => {
    const run = record(() => failing, {
      after: undefined,
      retryable: undefined,
      backoff: { initialMs: undefined, multiplier: undefined, maxMs: undefined },
      idleMs: undefined,
      onGap: undefined,
      deadline: undefined,
      timeoutMs: undefined,
    });
    run.subscribe().unsubscribe();
    expect(run.retries.map(({ delayMs }) => delayMs)).to.deep.equal([200]);
    const unheard = resuming(() => of(1), { cursor, onRetry: undefined, scheduler: undefined, random: undefined });
    const seen: number[] = [];
    unheard.subscribe((n) => seen.push(n));
    expect(seen).to.deep.equal([1]);
  });

  it("refuses times that are too long for a timer, and a multiplier that shortens the waits", () => {
    const refused: Partial<ResumingOptions<number, number>>[] = [
      { idleMs: Number.POSITIVE_INFINITY },
      { idleMs: -1 },
      { timeoutMs: Number.NaN },
      { deadline: new Date(Number.NaN) },
      { backoff: { initialMs: Number.NaN } },
      { backoff: { maxMs: 2 ** 31 } },
      { backoff: { multiplier: 0.5 } },
      { backoff: { multiplier: Number.NaN } },
    ];
    for (const options of refused) expect(() => record(() => NEVER, options)).to.throw(RangeError);
  });

  it("moves the position before it passes on the message: an attempt that ends inside next does not repeat it", () => {
    const attempt = new Subject<number>();
    const run = record((nth) => (nth === 1 ? attempt : NEVER));
    run.number$.subscribe((n) => {
      if (n === 2) attempt.error(unavailable);
    });
    attempt.next(1);
    attempt.next(2);
    expect(run.retries.map(({ after }) => after)).to.deep.equal([2]);
    run.until(200);
    expect(run.begun.map(({ after }) => after)).to.deep.equal([undefined, 2]);
  });

  it("does not repeat the message in whose next the subscriber throws, and continues", async () => {
    const thrown = gate<unknown>();
    afterTheTest(() => (config.onUnhandledError = null));
    config.onUnhandledError = thrown.open;
    const run = record((nth) => (nth === 1 ? concat(of(1, 2), failing) : of(3)));
    const seen: number[] = [];
    const mistake = new Error("a mistake");
    run.number$.subscribe((n) => {
      seen.push(n);
      if (n === 2) throw mistake;
    });
    run.until(200);
    expect([seen, run.begun[1]?.after]).to.deep.equal([[1, 2, 3], 2]);
    expect(await thrown.opened).to.equal(mistake);
  });

  it("cancels the failed attempt before it begins the next, one at a time", () => {
    let [open, most] = [0, 0];
    const attempt = new Observable<number>((subscriber) => {
      open += 1;
      most = Math.max(most, open);
      subscriber.error(unavailable);
      return () => (open -= 1);
    });
    const run = record(() => attempt);
    run.play(5000);
    expect(run.begun.length).to.be.greaterThan(3);
    expect([open, most]).to.deep.equal([0, 1]);
  });

  it("100,000 attempts that fail at once, without a wait, do not grow the stack", () => {
    const run = record((nth) => (nth > 100_000 ? of(1) : failing), { backoff: { initialMs: 0 }, onRetry: () => {} });
    run.play(0);
    expect([run.begun.length, run.seen]).to.deep.equal([100_001, [1, "complete"]]);
  });
});

describe("a resumed stream after a gap", () => {
  const forgotten = new StatusError(status.OUT_OF_RANGE, "not remembered");
  const gap = throwError(() => forgotten);

  it("tells the lost position, waits as after any failure, and begins without a position", () => {
    const gaps: unknown[] = [];
    const run = record((nth) => [concat(of(1, 2), failing), gap, gap, of(7)][nth - 1] ?? NEVER, {
      onGap: (error, lost) => void gaps.push([error, lost]),
    });
    run.play(10_000);
    expect(gaps).to.deep.equal([
      [forgotten, 2],
      [forgotten, undefined],
    ]);
    expect(run.retries).to.deep.equal([
      { error: unavailable, attempt: 1, delayMs: 200, after: 2 },
      { error: forgotten, attempt: 2, delayMs: 400, after: undefined },
      { error: forgotten, attempt: 3, delayMs: 800, after: undefined },
    ]);
    expect(run.begun.map(({ at }) => at)).to.deep.equal([0, 200, 600, 1400]);
    expect(run.begun.map(({ after }) => after)).to.deep.equal([undefined, 2, undefined, undefined]);
    expect(run.seen).to.deep.equal([1, 2, 7, "complete"]);
  });

  it("begins at the position that onGap returns", () => {
    const run = record((nth) => (nth === 1 ? gap : of(6)), { after: 3, onGap: (_, lost = 0) => lost + 2 });
    run.play(200);
    expect(run.begun.map(({ after }) => after)).to.deep.equal([3, 5]);
  });

  it("does not ask `retryable`, and ends with the error of onGap", () => {
    const run = record(() => gap, {
      retryable: () => false,
      onGap: (_, lost) => {
        if (lost === undefined) throw new Error("lost for good");
      },
      after: 3,
    });
    run.play(10_000);
    expect([run.begun.length, run.seen, run.timers()]).to.deep.equal([2, ["lost for good"], 0]);
  });

  it("does not report other failures, and ends at the gap without onGap", () => {
    const gaps: unknown[] = [];
    const denied = throwError(() => new StatusError(status.PERMISSION_DENIED, "no"));
    const run = record((nth) => (nth === 1 ? failing : denied), { onGap: () => void gaps.push("gap") });
    run.play(200);
    expect([gaps, run.seen]).to.deep.equal([[], ["PERMISSION_DENIED: no"]]);
    const ended = record(() => gap, { after: 3, onGap: undefined });
    ended.subscribe();
    expect([ended.seen, ended.begun.length]).to.deep.equal([[forgotten.message], 1]);
  });
});

describe("the deadline of a resumed stream", () => {
  const late = `DEADLINE_EXCEEDED: the deadline of the resumed stream passed`;

  it("ends and cancels an attempt, and leaves no timer", () => {
    let cancelled = 0;
    const run = record(() => concat(of(1), NEVER).pipe(finalize(() => (cancelled += 1))), { timeoutMs: 1000 });
    run.play(999);
    expect([cancelled, run.errors]).to.deep.equal([0, []]);
    run.until(1000);
    expect([cancelled, run.timers(), run.errors.length]).to.deep.equal([1, 0, 1]);
    expect(run.errors[0]).to.be.instanceOf(CallError).and.to.include({ code: status.DEADLINE_EXCEEDED, message: late });
  });

  it("ends a wait, and its cause is the error of the last attempt", () => {
    const run = record(() => failing, { timeoutMs: 500 });
    run.play(10_000);
    expect([run.begun.map(({ at }) => at), run.timers(), run.seen]).to.deep.equal([[0, 200], 0, [late]]);
    expect(run.errors[0]).to.have.property("cause", unavailable);
  });

  it("counts from the subscription, and each attempt gets it", () => {
    const run = record((nth) => (nth < 3 ? failing : NEVER), { timeoutMs: 1000 });
    run.until(50);
    const subscription = run.play(700);
    run.subscribe().unsubscribe();
    expect(run.begun.map(({ deadline }) => deadline)).to.deep.equal([1050, 1050, 1050, 1700]);
    subscription.unsubscribe();
    expect(run.timers()).to.equal(0);
  });

  it("is the earlier of a moment and a duration, and absent by default", () => {
    for (const [options, expected] of [
      [{ deadline: new Date(300), timeoutMs: 1000 }, 300],
      [{ deadline: new Date(3000), timeoutMs: 1000 }, 1000],
      [{ deadline: new Date(300) }, 300],
      [{}, undefined],
      [{ deadline: undefined, timeoutMs: undefined }, undefined],
    ] as const) {
      const run = record(() => NEVER, options);
      const subscription = run.subscribe();
      expect(run.begun.map(({ deadline }) => deadline)).to.deep.equal([expected]);
      expect(run.timers()).to.equal(expected === undefined ? 0 : 1);
      subscription.unsubscribe();
    }
  });

  it("does nothing to a stream that has ended earlier", () => {
    const run = record((nth) => (nth === 1 ? failing : of(1)), { timeoutMs: 1000 });
    run.play(200);
    expect([run.seen, run.timers()]).to.deep.equal([[1, "complete"], 0]);
  });
});

describe("a resumed stream that is unsubscribed", () => {
  it("cancels the attempt, once, and leaves no timer", () => {
    let cancelled = 0;
    const run = record(() => NEVER.pipe(finalize(() => (cancelled += 1))), { idleMs: 100 });
    const subscription = run.subscribe();
    expect(run.timers()).to.equal(1);
    subscription.unsubscribe();
    expect([cancelled, run.timers(), run.seen]).to.deep.equal([1, 0, []]);
  });

  it("inside next gets nothing more, not even from a synchronous attempt", () => {
    const run = record(() => concat(of(1, 2, 3), failing), { idleMs: 100 });
    const seen: number[] = [];
    run.number$.pipe(take(2)).subscribe((n) => seen.push(n));
    expect([seen, run.timers(), run.retries]).to.deep.equal([[1, 2], 0, []]);
  });

  it("in onRetry or during the wait begins no other attempt, and leaves no timer", () => {
    const attempt = new Subject<number>();
    const stopped = record(() => attempt, { onRetry: () => subscription.unsubscribe() });
    const subscription = stopped.subscribe();
    attempt.error(unavailable);
    expect([stopped.timers(), stopped.seen]).to.deep.equal([0, []]);
    const waiting = record(() => failing);
    const other = waiting.subscribe();
    expect(waiting.timers()).to.equal(1);
    other.unsubscribe();
    waiting.until(100_000);
    expect([waiting.timers(), waiting.begun.length, waiting.seen]).to.deep.equal([0, 1, []]);
  });
});

describe("the idle timeout of a resumed stream", () => {
  it("cancels an attempt that gives no message for this time, and continues after the last message", () => {
    let cancelled = 0;
    const oneMore = (_: number, after = 0) => concat(of(after + 1), NEVER).pipe(finalize(() => (cancelled += 1)));
    const run = record(oneMore, { idleMs: 1000 });
    const subscription = run.play(999);
    expect([cancelled, run.seen]).to.deep.equal([0, [1]]);
    run.until(1000);
    expect([cancelled, run.retries[0]?.delayMs, run.retries[0]?.after]).to.deep.equal([1, 200, 1]);
    expect(run.retries[0]?.error).to.be.an.instanceOf(CallError).with.property("code", status.UNAVAILABLE);
    run.until(1200);
    expect(run.seen).to.deep.equal([1, 2]);
    subscription.unsubscribe();
    expect(run.timers()).to.equal(0);
  });

  it("counts from the beginning of the attempt, and again from each message, also from a greeting", () => {
    const attempt = new Subject<number>();
    const run = record(() => attempt, { idleMs: 1000 });
    run.subscribe();
    for (const at of [900, 1800, 2700]) {
      run.until(at);
      attempt.next(0);
    }
    run.until(3699);
    expect(run.retries).to.deep.equal([]);
    run.until(3700);
    expect(run.retries).to.have.length(1);
  });

  it("is absent by default, and leaves no timer when the attempt ends", () => {
    const patient = record(() => NEVER);
    patient.subscribe();
    expect(patient.timers()).to.equal(0);
    for (const attempt of [of(1), throwError(() => new TypeError("a mistake"))]) {
      const run = record(() => attempt, { idleMs: 1000 });
      run.subscribe();
      expect(run.timers()).to.equal(0);
    }
  });
});
