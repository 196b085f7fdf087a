import { type ServerWritableStream, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { defer, NEVER, Observable } from "rxjs";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Gate, gate, mine, mistake, type Rehearsal } from "#harness";

const { watchOn } = await mine<typeof import("./solution.js")>();

const instrument = Instrument.THERMOMETER;

/** One call: it sends readings up to this number, and then ends with this status. */
interface Plan {
  readonly upTo: number;
  readonly ends: status;
}

/** How a subscription went. */
interface Watched {
  readonly got: readonly number[];
  /** The `resumeAfter` of each call. */
  readonly asked: readonly number[];
  /** The attempts that `wait` was called with. */
  readonly waits: readonly number[];
  /** `OK`, the name of the code, or undefined if calls were still being made after the last planned one. */
  readonly end: string | undefined;
  /** Whether a call was made before the wait for it was over. */
  readonly early: boolean;
}

/** What the diagram shows beside the calls, and what the check looks for. */
interface Noted {
  readonly readings?: boolean;
  readonly begin?: boolean;
  /** A timer of the learner ends the subscription. */
  readonly clocks?: boolean;
}

/**
 * A station whose calls go as planned, one after another, and which resumes as the contract says. All subscriptions use
 * one Observable of the learner's function.
 */
async function room(stage: Rehearsal, noted: Noted = {}) {
  let plans: readonly Plan[] = [];
  let next = 0;
  let first: ServerWritableStream<WatchRequest, Reading> | undefined;
  await stage.serve({
    definition: StationService,
    implementation: {
      async watch(call: ServerWritableStream<WatchRequest, Reading>) {
        first ??= call;
        const plan = plans[next];
        next += 1;
        if (!plan) return;
        for (let sequence = call.request.resumeAfter + 1; sequence <= plan.upTo; sequence += 1) {
          call.write({ station: "hill", sequence, instrument, value: 20 + sequence });
        }
        // The readings have arrived before the end leaves.
        await stage.fence();
        if (plan.ends === status.OK) call.end();
        else call.emit("error", { code: plan.ends, details: "the line is down" });
      },
    },
  });
  const client = stage.station();
  const timers = () => stage.leftovers.filter((kind) => kind === "Timeout").length;
  const say = (text: string) => stage.note(first, text, "client");
  let now: Subscribed = subscribed();
  /** The waits that are not over. */
  let waiting = 0;

  const reading$ = watchOn(
    (resumeAfter) =>
      defer(() => {
        now.asked.push(resumeAfter);
        now.early ||= waiting > 0;
        if (now.asked.length > 1) say(`again, after #${resumeAfter}`);
        else if (noted.begin) say(`another, after #${resumeAfter}`);
        if (now.asked.length <= plans.length) return call(resumeAfter);
        now.over.open(undefined);
        return NEVER;
      }),
    async (attempt) => {
      now.waits.push(attempt);
      say(`wait ${attempt}`);
      waiting += 1;
      await stage.fence();
      waiting -= 1;
    },
  );
  const call = (resumeAfter: number) =>
    new Observable<Reading>((listener) => {
      const running = client.watch({ instrument, count: 0, resumeAfter });
      running.on("data", (reading: Reading) => listener.next(reading));
      running.on("error", (error) => {
        const before = timers();
        listener.error(error);
        if (timers() === before || now.waits.length > 0) return;
        stage.fact("clock", 1);
        now.clock.open();
      });
      running.on("end", () => listener.complete());
      return () => running.cancel();
    });

  /** Subscribes, and resolves when the subscription has ended, or has made one call more than planned. */
  return async (...planned: readonly Plan[]): Promise<Watched> => {
    plans = planned;
    next = 0;
    now = subscribed();
    const { got, asked, waits, over, clock } = now;
    reading$.subscribe({
      next({ sequence }) {
        got.push(sequence);
        if (noted.readings && asked.length > 1) say(`got #${sequence}`);
      },
      complete: () => over.open("OK"),
      error: (error: Partial<ServiceError>) => over.open(status[error.code ?? status.UNKNOWN]),
    });
    const end = await Promise.race([over.opened, ...(noted.clocks ? [clock.opened.then(() => undefined)] : [])]);
    return { got, asked, waits, end, early: now.early };
  };
}

/** A subscription in progress. */
interface Subscribed {
  readonly got: number[];
  readonly asked: number[];
  readonly waits: number[];
  readonly over: Gate<string | undefined>;
  /** Opens when a lost call has set a timer, for which no check waits. */
  readonly clock: Gate<void>;
  /** Whether a call was made before a wait was over. */
  early: boolean;
}

function subscribed(): Subscribed {
  return { got: [], asked: [], waits: [], over: gate(), clock: gate(), early: false };
}

const to = (upTo: number, ends: status): Plan => ({ upTo, ends });
const numbers = (all: readonly number[]) => all.join(", ");

check("every-reading", async (stage) => {
  const watch = await room(stage);
  const { got, asked, end } = await watch(to(3, status.OK));
  if (asked.length > 1) stage.fact("afterTheEnd", asked.length - 1);
  expect(got, "the readings").to.deep.equal([1, 2, 3]);
  expect(end, "the end").to.equal("OK");
});

check("goes-on", async (stage) => {
  const watch = await room(stage, { readings: true });
  const { got, asked, end } = await watch(to(2, status.UNAVAILABLE), to(4, status.OK));
  stage.fact("asked", asked[1] ?? "nothing");
  stage.fact("got", numbers(got));
  if (end === "UNAVAILABLE") stage.fact("gaveUp", end);
  const twice = got.find((sequence, index) => got.indexOf(sequence) < index);
  if (twice !== undefined) stage.fact("twice", twice);
  const missing = [1, 2, 3, 4].find((sequence) => !got.includes(sequence));
  if (end === "OK" && missing !== undefined) stage.fact("missing", missing);
  expect(got, "the readings").to.deep.equal([1, 2, 3, 4]);
  expect(end, "the end").to.equal("OK");
  if (asked[1] === 2) return;
  stage.fact("wasted", 2 - (asked[1] ?? 0));
  throw new Error(`the second call asked to resume after ${asked[1]}`);
});

check("refused", async (stage) => {
  const watch = await room(stage);
  for (const code of [status.INVALID_ARGUMENT, status.NOT_FOUND, status.INTERNAL]) {
    const { asked, end } = await watch(to(0, code), to(0, code), to(0, code));
    stage.fact("refusedWith", status[code]);
    stage.fact("refusedCalls", asked.length);
    stage.fact("refusedEnd", end ?? "nothing yet");
    if (asked.length > 1) throw new Error(`after ${status[code]} it called again`);
    expect(end, "how it ended").to.equal(status[code]);
  }
});

check("waits", async (stage) => {
  const watch = await room(stage, { clocks: true });
  const lost = status.UNAVAILABLE;
  const { got, asked, waits, end, early } = await watch(to(2, lost), to(2, lost), to(3, lost), to(4, status.OK));
  stage.fact("again", asked.length - 1);
  stage.fact("waited", waits.length);
  stage.fact("waits", numbers(waits));
  expect(got, "the readings").to.deep.equal([1, 2, 3, 4]);
  expect(end, "the end").to.equal("OK");
  expect(waits, "the attempts that `wait` was called with").to.deep.equal([1, 2, 1]);
  if (!early) return;
  stage.fact("early", 1);
  throw new Error("a call was made before the wait for it was over");
});

check("its-own-place", async (stage) => {
  const watch = await room(stage, { begin: true });
  await watch(to(2, status.OK));
  const { asked, got } = await watch(to(4, status.OK));
  stage.fact("began", asked[0] ?? 0);
  expect(got, "what the second listener got").to.deep.equal([1, 2, 3, 4]);
});

mistake("never-ends", ({ facts }) => facts.afterTheEnd !== undefined && {});
mistake("gives-up", ({ check: id, facts }) => id === "goes-on" && facts.gaveUp !== undefined && {});
mistake("twice", ({ facts }) => facts.twice !== undefined && {});
mistake("a-gap", ({ facts }) => facts.missing !== undefined && {});
mistake("thrown-away", ({ facts }) => facts.wasted !== undefined && {});
mistake("asks-again", ({ facts }) => Number(facts.refusedCalls) > 1 && {});
mistake("refusal-lost", ({ facts }) => facts.refusedEnd === "OK" && {});
mistake(
  "other-error",
  ({ facts }) =>
    facts.refusedEnd !== undefined && facts.refusedEnd !== facts.refusedWith && facts.refusedCalls === 1 && {},
);
mistake("own-clock", ({ check: id, facts }) => id === "waits" && facts.clock === 1 && facts.waited === 0 && {});
mistake("hammers", ({ facts }) => Number(facts.waited) < Number(facts.again) && {});
mistake("never-longer", ({ facts }) => facts.waits === "1, 1, 1" && {});
mistake("counts-on", ({ facts }) => facts.waits === "1, 2, 3" && {});
mistake("miscounts", ({ facts }) => facts.waits !== undefined && facts.waits !== "1, 2, 1" && {});
mistake("does-not-wait", ({ check: id, facts }) => id === "waits" && facts.early !== undefined && {});
mistake("one-place-for-all", ({ facts }) => Number(facts.began) > 0 && {});
