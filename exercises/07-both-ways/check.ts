import type { ServerDuplexStream } from "@grpc/grpc-js";
import { expect } from "chai";
import { type Answer, Instrument, type Order, StationService } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { operate } = await mine<typeof import("./solution.js")>();

const count = 3;
const instrument = Instrument.THERMOMETER;

/** The pace of the two sides in one check. */
interface Manners {
  /** The control room makes the next order when everything is quiet, or when the last answer has been read. */
  readonly nextOrder: "when quiet" | "when answered";
  /** The station answers each order at once, or all of them when it has them or has seen the half-close, or later. */
  readonly answers: "at once" | "when all are there" | "after the half-close" | "one by one at last";
}

/** A call to a station, with the learner's code as the client. */
async function line(stage: Rehearsal, { nextOrder, answers }: Manners) {
  const hungUp = gate();
  const allHeard = gate();
  const finished = gate();
  const heardOne = Array.from({ length: count + 1 }, () => gate());
  let running: ServerDuplexStream<Order, Answer> | undefined;

  function station(call: ServerDuplexStream<Order, Answer>): void {
    running = call;
    const taken: Order[] = [];
    const answer = (most = count) => {
      for (const { number } of taken.splice(0, most)) {
        call.write({ order: number, reading: { station: "hill", sequence: number, instrument, value: 20 + number } });
      }
    };
    // So nothing is on its way for long, and a slow machine gives the same diagram.
    const oneByOne = async () => {
      await finished.opened;
      await stage.settled();
      while (taken.length > 0 && !call.cancelled) {
        answer(1);
        await stage.settled();
      }
    };
    const answered = answers === "one by one at last" ? oneByOne() : undefined;
    let arrived = 0;
    call.on("data", (order: Order) => {
      taken.push(order);
      arrived += 1;
      stage.fact("arrived", arrived);
      if (answers === "at once" || (answers === "when all are there" && arrived === count)) answer();
    });
    call.on("end", async () => {
      stage.fact("halfClosed", 1);
      hungUp.open();
      await answered;
      // By then a cancel that is on its way has arrived, so the diagram does not depend on speed.
      await stage.settled();
      if (call.cancelled) return;
      answer();
      // The status comes when all answers have been read: code that leaves at the last answer leaves too early.
      await stage.settled();
      call.end();
    });
  }
  async function* orders(): AsyncGenerator<Order> {
    for (let number = 1; number <= count; number += 1) {
      stage.fact("given", number);
      yield { number, instrument };
      stage.fact("next", Math.min(number + 1, count));
      // All effects of an order have happened when the next one comes, so the diagram is always the same.
      await stage.settled();
      if (nextOrder === "when answered") await heardOne[number]?.opened;
    }
    stage.fact("finished", 1);
    finished.open();
  }

  await stage.serve({
    definition: StationService,
    implementation: { operate: station },
  });
  const call = stage.station().operate();
  let over = false;
  call.on("status", () => {
    over = true;
    stage.fact("over", 1);
  });
  call.on("close", () => {
    if (over) return;
    stage.fact("destroyed", 1);
    stage.note(running, "call destroyed", "client");
  });
  for (const name of ["given", "arrived", "heard", "halfClosed", "finished", "done", "over", "destroyed"])
    stage.fact(name, 0);
  stage.fact("sent", count);

  const heard: number[] = [];
  const done = operate(call, orders(), ({ order }) => {
    heard.push(order);
    stage.fact("heard", heard.length);
    heardOne[order]?.open();
    if (heard.length === count) allHeard.open();
  });
  /** Rejects if `operate` fails, and otherwise never settles. */
  const failed = done.then((): Promise<never> => new Promise(() => {}));
  const doneInTime = done.then(() => {
    if (over) return;
    stage.fact("done", 1);
    stage.fact("doneAfter", heard.length);
    stage.note(running, "operate finished", "client");
    throw new Error("operate finished before the station had ended the call");
  });
  for (const promise of [failed, doneInTime]) promise.catch(() => {});
  /** Makes the station end a call that is still open, so that it does not disturb the next check. */
  const windUp = async () => {
    await stage.settled();
    running?.end();
  };
  return {
    heard,
    failed,
    doneInTime,
    windUp,
    hungUp: hungUp.opened,
    allHeard: allHeard.opened,
    finished: finished.opened,
  };
}

/** Waits until all orders are sent and all answers are read, and the client has half-closed if that is asked for. */
async function said(stage: Rehearsal, manners: Manners, halfClose: "with half-close" | "without"): Promise<void> {
  const { failed, hungUp, allHeard, finished, heard, windUp } = await line(stage, manners);
  const everything = [allHeard, finished, ...(halfClose === "without" ? [] : [hungUp])];
  await Promise.race([Promise.all(everything), failed]);
  await windUp();
  expect(heard, "the orders whose answers were read").to.deep.equal([1, 2, 3]);
}

check("answered", (stage) => said(stage, { nextOrder: "when quiet", answers: "at once" }, "without"));

check("while-unanswered", (stage) =>
  said(stage, { nextOrder: "when quiet", answers: "when all are there" }, "without"),
);

check("half-close", (stage) =>
  said(stage, { nextOrder: "when quiet", answers: "one by one at last" }, "with half-close"),
);

check("while-speaking", (stage) => said(stage, { nextOrder: "when answered", answers: "at once" }, "with half-close"));

check("to-the-end", async (stage) => {
  const manners: Manners = { nextOrder: "when quiet", answers: "after the half-close" };
  const { heard, doneInTime, hungUp, allHeard } = await line(stage, manners);
  // If `operate` fails, the rest will not come.
  await Promise.all([hungUp, allHeard, doneInTime]);
  const [call] = stage.calls;
  const ended = call?.events.find(({ event }) => event.kind === "status" && event.side === "client");
  expect(ended?.event.code, "the status of the call").to.equal(0);
  expect(heard, "the orders whose answers were read").to.deep.equal([1, 2, 3]);
});

const cancelled = ({ calls: [call] }: Evidence) =>
  call?.events.some(({ event }) => event.kind === "cancel" && event.side === "client") ?? false;

/** How many orders had left when the client half-closed, or undefined if it did not. */
function leftBeforeHalfClose({ calls: [call] }: Evidence): number | undefined {
  const kinds = call?.events.flatMap(({ event: { side, kind } }) => (side === "client" ? [kind] : [])) ?? [];
  const end = kinds.indexOf("half-close");
  return end < 0 ? undefined : kinds.slice(0, end).filter((kind) => kind === "request").length;
}

mistake("half-closes-too-soon", (evidence) => {
  const out = leftBeforeHalfClose(evidence);
  return out !== undefined && out < count && { out };
});
mistake("listens-first", ({ facts, silent }) => silent && facts.given === 0 && facts.done === 0 && {});
mistake("begins-nothing", ({ facts }) => facts.given === 0 && facts.done === 1 && {});
mistake(
  "keeps-orders",
  ({ check, facts, silent }) => silent && check === "while-speaking" && facts.given === 1 && facts.arrived === 0 && {},
);
mistake("hangs-up", (evidence) => cancelled(evidence) && {});
mistake("left-the-loop", ({ facts }) => facts.destroyed === 1 && facts.halfClosed === 0 && {});
mistake(
  "speaks-first",
  ({ check, facts, silent }) => silent && check === "while-speaking" && facts.arrived === 1 && facts.heard === 0 && {},
);
mistake(
  "one-at-a-time",
  ({ check, facts, silent }) => silent && check === "while-unanswered" && facts.given !== count && {},
);
mistake(
  "waits-to-half-close",
  ({ check, facts, silent }) =>
    silent && check === "to-the-end" && facts.finished === 1 && facts.halfClosed === 0 && {},
);
mistake(
  "no-half-close",
  ({ facts, silent }) => silent && facts.heard === count && facts.finished === 1 && facts.halfClosed === 0 && {},
);
mistake("left-before-the-end", ({ facts }) => facts.destroyed === 1 && facts.halfClosed === 1 && {});
mistake("done-too-early", ({ facts }) => facts.done === 1 && { answers: Number(facts.doneAfter) });
