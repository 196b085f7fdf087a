import type { ServerDuplexStream } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  type Answer,
  Instrument,
  type Order,
  type Reading,
  StationService,
} from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, type Gate, gate, mine, mistake, type Rehearsal } from "#harness";

const { operate } = await mine<typeof import("./solution.js")>();

const slow = Instrument.BAROMETER;
const quick = Instrument.THERMOMETER;

/** How many timers of the learner are running. */
const timersOf = (stage: Rehearsal) => stage.leftovers.filter((kind) => kind === "Timeout").length;

/** A call to the learner's station. The thermometer shows its value at once, the barometer when the check says so. */
async function line(stage: Rehearsal) {
  let running: ServerDuplexStream<Order, Answer> | undefined;
  let timers = 0;
  const barometers: Gate<void>[] = [];
  let sequence = 0;
  async function mast(instrument: Instrument): Promise<Reading> {
    sequence += 1;
    const reading: Reading = { station: "hill", sequence, instrument, value: instrument === quick ? 21.5 : 1013 };
    if (instrument === slow) {
      const settles = gate();
      barometers.push(settles);
      stage.fact("measuring", barometers.length);
      await settles.opened;
    }
    return reading;
  }
  function noteTimers(now: number): void {
    timers = now;
    stage.fact("timers", timers);
  }
  const handler = operate(mast);
  await stage.serve({
    definition: StationService,
    implementation: {
      operate(call: ServerDuplexStream<Order, Answer>) {
        running = call;
        // Look after the learner's listener has run, with everything that it caused at once. No timer can have fired by
        // then.
        call.on("end", () => queueMicrotask(() => process.nextTick(() => noteTimers(timersOf(stage)))));
        call.on("close", () => {
          if (call.writableFinished || call.cancelled) return;
          stage.fact("destroyed", 1);
          stage.note(call, "destroyed");
        });
        return handler(call);
      },
    },
  });

  const call = stage.station().operate();
  for (const name of ["sent", "answered", "halfClosed", "destroyed", "measuring"]) stage.fact(name, 0);
  const answers: Answer[] = [];
  const arrived = Array.from({ length: 4 }, () => gate<Answer>());
  const ended = gate<number>();
  call.on("data", (answer: Answer) => {
    arrived[answers.length]?.open(answer);
    answers.push(answer);
    stage.fact("answered", answers.length);
  });
  call.on("error", () => {});
  call.on("status", ({ code }) => {
    stage.fact("ended", code);
    ended.open(code);
  });

  let number = 0;
  /** Sends an order, and waits until everything that it causes has happened. */
  async function order(instrument: Instrument): Promise<void> {
    number += 1;
    call.write({ number, instrument });
    stage.fact("sent", number);
    await stage.settled();
  }
  async function halfClose(): Promise<void> {
    call.end();
    stage.fact("halfClosed", 1);
    await stage.settled();
  }
  /** The barometer gives its value to all orders so far. */
  async function settleBarometers(): Promise<void> {
    stage.note(running, "barometer");
    for (const barometer of barometers.splice(0)) barometer.open();
    await stage.settled();
  }
  /** The nth answer that arrives. */
  async function answer(nth: number, of: number): Promise<void> {
    const { order: said } = (await arrived[nth - 1]?.opened) ?? {};
    if (said === of) return;
    stage.fact("said", said ?? 0);
    stage.fact("wanted", of);
    throw new Error(`answer ${nth} says that it is for order ${said}, and it is for order ${of}`);
  }
  /** Waits for the end of the call, which must come after this many answers. */
  async function end(after: number): Promise<void> {
    const code = await ended.opened;
    expect(code, "the status of the call").to.equal(0);
    // By now a late write has been seen.
    await stage.settled();
    if (answers.length !== after) throw new Error(`the call ended after ${answers.length} of ${after} answers`);
  }
  /** Fails if a timer was running after the half-close: the result would depend on the machine. */
  function timeless(): void {
    if (timers > 0) throw new Error("a timer is running while an answer is still to come");
  }
  return { order, halfClose, settleBarometers, answer, end, timeless };
}

check("answers", async (stage) => {
  const { order, halfClose, answer, end } = await line(stage);
  await order(quick);
  await order(quick);
  await order(quick);
  await halfClose();
  await answer(1, 1);
  await answer(2, 2);
  await answer(3, 3);
  await end(3);
});

check("lockstep", async (stage) => {
  const { order, halfClose, answer, end } = await line(stage);
  await order(quick);
  await answer(1, 1);
  await order(quick);
  await answer(2, 2);
  await halfClose();
  await end(2);
});

check("as-ready", async (stage) => {
  const { order, halfClose, settleBarometers, answer, end } = await line(stage);
  await order(slow);
  await order(quick);
  await answer(1, 2);
  await settleBarometers();
  await answer(2, 1);
  await halfClose();
  await end(2);
});

check("end-last", async (stage) => {
  const { order, halfClose, settleBarometers, answer, end, timeless } = await line(stage);
  await order(slow);
  await order(quick);
  await answer(1, 2);
  await halfClose();
  timeless();
  await settleBarometers();
  await end(2);
});

/** Whether the station ended the call with OK before it had seen the client's half-close. */
function endedBeforeHalfClose({ calls: [call] }: Evidence): boolean {
  const events = call?.events.flatMap(({ event }) => (event.side === "server" ? [event] : [])) ?? [];
  const ended = events.findIndex(({ kind, code }) => kind === "status" && code === 0);
  return ended >= 0 && !events.slice(0, ended).some(({ kind }) => kind === "half-close");
}

mistake("loop-destroyed", ({ facts, silent }) => silent && facts.destroyed === 1 && facts.halfClosed === 1 && {});
mistake(
  "collects",
  ({ check, facts, silent }) =>
    silent && check === "lockstep" && facts.answered === 0 && facts.sent === 1 && facts.halfClosed === 0 && {},
);
mistake("wrong-number", ({ facts }) => facts.said !== undefined && {});
mistake("waits-in-turn", ({ check, facts, silent }) => silent && check === "as-ready" && facts.answered === 0 && {});
mistake("waits-for-a-time", ({ check, facts }) => check === "end-last" && Number(facts.timers) > 0 && {});
mistake("ends-in-between", (evidence) => endedBeforeHalfClose(evidence) && {});
mistake(
  "ends-too-early",
  ({ facts }) => facts.halfClosed === 1 && facts.ended === 0 && facts.answered !== facts.sent && {},
);
mistake(
  "never-ends",
  ({ facts, silent }) =>
    silent && facts.halfClosed === 1 && facts.ended === undefined && facts.answered === facts.sent && {},
);
