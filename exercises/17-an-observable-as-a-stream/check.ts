import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Observable, type Subscriber } from "rxjs";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { watch } = await mine<typeof import("./solution.js")>();

type Watching = ServerWritableStream<WatchRequest, Reading>;

const instrument = Instrument.THERMOMETER;
/** More than a stream object takes before `write` returns false. */
const many = 40;
const broken = new Error("mast 7 does not answer");

/** A client that watches a station, whose readings the check pushes. */
interface Watched {
  readonly call: Watching;
  /** Pushes this many readings in one turn, and then ends the Observable if asked to. */
  push(readings: number, end?: "complete" | "error"): void;
  /** The numbers of the readings, in the order of arrival. */
  readonly arrived: readonly number[];
  /** Waits until this many have arrived. */
  came(readings: number): Promise<void>;
  /** The code with which the call ends. */
  readonly over: Promise<status>;
  /** The first 'drain' of the call, before the learner's code gets it. */
  readonly drained: Promise<void>;
  onDrain(listener: () => void): void;
  /** How many writes came after `write` had returned false and before the next 'drain'. */
  readonly flooded: () => number;
}

async function watched(stage: Rehearsal): Promise<Watched> {
  const subscribed = gate<Subscriber<Reading>>();
  const began = gate<Watching>();
  const drained = gate();
  const over = gate<status>();
  const counts = { pushed: 0, written: 0, flooded: 0, peak: 0 };
  const say = () => {
    for (const [name, value] of Object.entries(counts)) stage.fact(name, value);
  };
  const listeners: (() => void)[] = [];
  const handler = watch(new Observable<Reading>((subscriber) => subscribed.open(subscriber)));
  await stage.serve({
    definition: StationService,
    implementation: {
      watch(call: Watching) {
        // This listener must run before the learner's own.
        call.once("drain", () => {
          for (const listener of listeners) listener();
          drained.open();
        });
        const write = call.write.bind(call) as (...given: readonly unknown[]) => boolean;
        call.write = (...given: readonly unknown[]) => {
          if (call.writableNeedDrain) counts.flooded += 1;
          counts.written += 1;
          const room = write(...given);
          counts.peak = Math.max(counts.peak, call.writableLength);
          say();
          return room;
        };
        stage.fact("limit", call.writableHighWaterMark);
        call.on("close", () => stage.fact("closed", 1));
        handler(call);
        began.open(call);
      },
    },
  });
  const reader = stage.station().watch({ instrument, count: 0, resumeAfter: 0 });
  const arrived: number[] = [];
  const awaited: { readonly readings: number; readonly open: () => void }[] = [];
  stage.fact("arrived", 0);
  stage.fact("different", 0);
  reader.on("data", ({ sequence }: Reading) => {
    arrived.push(sequence);
    stage.fact("arrived", arrived.length);
    stage.fact("different", new Set(arrived).size);
    for (const { readings, open } of awaited) if (arrived.length >= readings) open();
  });
  reader.on("error", () => {});
  reader.on("status", ({ code }) => {
    stage.fact("code", status[code] ?? code);
    over.open(code);
  });
  const subscriber = await subscribed.opened;
  const call = await began.opened;
  return {
    call,
    arrived,
    over: over.opened,
    drained: drained.opened,
    push(readings, end) {
      for (let more = 0; more < readings; more += 1) {
        counts.pushed += 1;
        say();
        subscriber.next({ station: "hill", sequence: counts.pushed, instrument, value: 20 + counts.pushed });
      }
      stage.note(call, `${counts.pushed} pushed, ${counts.written} written`);
      if (end === "complete") subscriber.complete();
      if (end === "error") subscriber.error(broken);
    },
    came: (readings) =>
      new Promise((open) => {
        awaited.push({ readings, open });
      }),
    onDrain: (listener) => listeners.push(listener),
    flooded: () => counts.flooded,
  };
}

/** The numbers from 1. */
function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** Records and rejects a reading that came before one that it should have followed. */
function inOrder(stage: Rehearsal, arrived: readonly number[]): void {
  const at = arrived.findIndex((sequence, index) => sequence < (arrived[index - 1] ?? 0));
  if (at < 0) return;
  const early = arrived[at - 1] ?? 0;
  stage.fact("early", early);
  stage.fact("late", arrived[at] ?? 0);
  throw new Error(`reading ${early} came before reading ${arrived[at]}`);
}

check("every-reading", async (stage) => {
  const { push, over, arrived } = await watched(stage);
  push(3, "complete");
  expect(await over, "the status of the call").to.equal(status.OK);
  expect(arrived, "the readings that arrived").to.deep.equal([1, 2, 3]);
});

check("waits", async (stage) => {
  const { push, over, drained, came, flooded } = await watched(stage);
  const all = came(many);
  push(many);
  // Code that writes one at a time never sees a 'drain'.
  await Promise.race([drained, all, over]);
  await stage.fence();
  if (flooded() > 0) throw new Error(`${flooded()} readings were written after write() had returned false`);
});

check("nothing-lost", async (stage) => {
  const { push, over, arrived } = await watched(stage);
  push(many, "complete");
  expect(await over, "the status of the call").to.equal(status.OK);
  inOrder(stage, arrived);
  expect(arrived, "the readings that arrived").to.deep.equal(upTo(many));
});

check("no-overtaking", async (stage) => {
  const { push, over, arrived, onDrain, came } = await watched(stage);
  const first = 20;
  let late = false;
  // A reading comes at the very moment when there is room again, while others still wait.
  const oneMore = () => {
    if (late) return;
    late = true;
    push(1, "complete");
  };
  onDrain(oneMore);
  came(first).then(oneMore);
  push(first);
  expect(await over, "the status of the call").to.equal(status.OK);
  inOrder(stage, arrived);
  expect(arrived, "the readings that arrived").to.deep.equal(upTo(first + 1));
});

check("fails", async (stage) => {
  const { push, over, arrived } = await watched(stage);
  const before = 20;
  push(before, "error");
  const code = await over;
  if (code !== status.UNAVAILABLE) throw new Error(`the readings failed, and the status was ${status[code]}`);
  expect(arrived, "the readings that arrived before the error").to.deep.equal(upTo(before));
});

const lost = ({ facts }: Evidence) => Number(facts.pushed) - Number(facts.different);
const has = (fact: unknown) => fact !== undefined;

mistake("floods", ({ check, facts }) => check === "waits" && Number(facts.flooded) > 0 && {});
mistake("sent-twice", ({ facts }) => {
  const twice = Number(facts.arrived) - Number(facts.different);
  return twice > 0 && { twice };
});
mistake("error-unheard", ({ exceptions }) => exceptions.includes(broken) && {});
mistake("destroyed", ({ facts, silent, check }) => check === "fails" && silent && facts.closed === 1 && {});
mistake("error-is-an-end", ({ facts, check }) => check === "fails" && facts.code === "OK" && {});
mistake(
  "error-overtakes",
  (evidence) =>
    evidence.check === "fails" &&
    evidence.facts.code === "UNAVAILABLE" &&
    lost(evidence) > 0 && { lost: lost(evidence) },
);
mistake("overtakes", ({ facts }) => has(facts.early) && {});
mistake("drops-the-rest", (evidence) => evidence.facts.code === "OK" && lost(evidence) > 0 && { lost: lost(evidence) });
mistake("waits-for-nothing", ({ facts, silent }) => silent && Number(facts.pushed) > 0 && facts.written === 0 && {});
mistake(
  "rest-waits",
  (evidence) => evidence.silent && Number(evidence.facts.arrived) > 0 && lost(evidence) > 0 && { lost: lost(evidence) },
);
mistake("never-ends", (evidence) => evidence.silent && Number(evidence.facts.pushed) > 0 && lost(evidence) === 0 && {});
