import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, gate, mine, mistake, type Rehearsal } from "#harness";
import type { Station } from "./solution.js";

const { watch } = await mine<typeof import("./solution.js")>();

const instrument = Instrument.THERMOMETER;

/** How many ticks after the call's end the check waits for, before it gives up. */
const ticksTooMany = 3;

/**
 * A station whose timer ticks when the check says so, and a watcher that wants `count` readings. A tick is over when
 * everything that it caused has arrived.
 */
async function watched(stage: Rehearsal, count: number) {
  let running: ServerWritableStream<WatchRequest, Reading> | undefined;
  let show: ((reading: Reading) => void) | undefined;
  let ticks = 0;
  let hangUps = 0;
  let ownTimers = 0;
  const started = gate();
  const gone = gate();
  const station: Station = {
    startTimer(shown) {
      show = shown;
      stage.note(running, "timer on");
      started.open();
      return {
        stop() {
          if (show) stage.note(running, "timer off");
          show = undefined;
        },
      };
    },
    logHangUp() {
      hangUps += 1;
      stage.fact("hangUps", hangUps);
      stage.note(running, "hung up");
    },
  };
  const handler = watch(station);
  await stage.serve({
    definition: StationService,
    implementation: {
      watch(call: ServerWritableStream<WatchRequest, Reading>) {
        running = call;
        call.on("cancelled", () => {
          // After all other listeners of the event.
          queueMicrotask(() => {
            ownTimers = stage.leftovers.filter((kind) => kind === "Timeout").length;
            gone.open();
          });
        });
        return handler(call);
      },
    },
  });
  const call = stage.station().watch({ instrument, count, resumeAfter: 0 });
  const arrived: number[] = [];
  let code: number | undefined;
  stage.fact("wanted", count);
  stage.fact("hangUps", 0);
  call.on("data", ({ sequence }: Reading) => {
    arrived.push(sequence);
    stage.fact("arrived", arrived.length);
  });
  call.on("error", () => {});
  call.on("status", (ended) => {
    code = ended.code;
  });
  await started.opened;
  return {
    arrived,
    code: () => code,
    hangUps: () => hangUps,
    isRunning: () => show !== undefined,
    hasEnded: () => running?.writableEnded === true,
    /** Resolves when the station has got the end of the call, with the number of the learner's timers that are left. */
    async over(): Promise<number> {
      await gone.opened;
      return ownTimers;
    },
    async tick(): Promise<void> {
      ticks += 1;
      stage.note(running, `tick ${ticks}`);
      show?.({ station: "hill", sequence: ticks, instrument, value: 20 + ticks });
      await stage.fence();
    },
    /** Cancels the call, and waits until the station has got that. */
    async hangUp(): Promise<void> {
      call.cancel();
      await gone.opened;
      await stage.fence();
    },
  };
}

/** A watcher that wants three readings, and stays. */
async function stays(stage: Rehearsal) {
  const watching = await watched(stage, 3);
  for (let ticks = 0; ticks < 3; ticks += 1) await watching.tick();
  await stage.settled();
  return watching;
}

/** A watcher that wants ten readings, and hangs up after two. */
async function leaves(stage: Rehearsal) {
  const watching = await watched(stage, 10);
  for (let ticks = 0; ticks < 2; ticks += 1) await watching.tick();
  await watching.hangUp();
  stage.fact("left", 1);
  return watching;
}

/** Fails if the timer still ticks, or if another timer still runs. */
async function stopped(stage: Rehearsal, watching: Awaited<ReturnType<typeof watched>>): Promise<void> {
  const timers = await watching.over();
  if (timers > 0) {
    stage.fact("timers", timers === 1 ? "one timer" : `${timers} timers`);
    throw new Error("timers were running when the call was over");
  }
  let tooMany = 0;
  for (; tooMany < ticksTooMany && watching.isRunning(); tooMany += 1) await watching.tick();
  if (tooMany === 0) return;
  stage.fact("tooMany", tooMany);
  stage.fact("running", watching.isRunning() ? "yes" : "no");
  throw new Error(`the timer ticked ${tooMany} times after the call was over`);
}

check("stays", async (stage) => {
  const watching = await stays(stage);
  expect(watching.arrived, "the readings that arrived").to.deep.equal([1, 2, 3]);
  expect(status[watching.code() ?? -1], "how the call ended").to.equal("OK");
  await stopped(stage, watching);
});

check("hangs-up", async (stage) => {
  const watching = await leaves(stage);
  await stopped(stage, watching);
  expect(stage.leftovers, "what is still running after the call").to.deep.equal([]);
});

check("logged", async (stage) => {
  const { hangUps, hasEnded } = await leaves(stage);
  stage.fact("endedByItself", hasEnded() ? 1 : 0);
  expect(hangUps(), "how often the hang-up is in the log").to.equal(1);
});

check("not-logged", async (stage) => {
  const { hangUps } = await stays(stage);
  expect(hangUps(), "how often a hang-up is in the log").to.equal(0);
});

mistake("timer-left-running", ({ facts }) => facts.timers !== undefined && {});
mistake(
  "runs-after-the-end",
  ({ check, facts }) => check === "stays" && facts.tooMany === ticksTooMany && facts.running === "yes" && {},
);
mistake("asks-at-the-tick", ({ facts }) => {
  return facts.left === 1 && facts.tooMany === 1 && facts.running === "no" && { tick: Number(facts.arrived) + 1 };
});
mistake("ticks-after-the-hang-up", ({ facts }) => {
  const arrived = Number(facts.arrived);
  return facts.left === 1 && facts.running === "yes" && { first: arrived + 1, last: arrived + Number(facts.tooMany) };
});
mistake(
  "ends-before-it-asks",
  ({ check, facts }) => check === "logged" && facts.hangUps === 0 && facts.endedByItself === 1 && {},
);
mistake("logged-twice", ({ check, facts }) => check === "logged" && Number(facts.hangUps) > 1 && {});
mistake("not-in-the-log", ({ check, facts }) => check === "logged" && facts.hangUps === 0 && {});
mistake("success-taken-for-a-hang-up", ({ check, facts }) => {
  return check === "not-logged" && Number(facts.hangUps) > 0 && { times: facts.hangUps === 1 ? "once" : "twice" };
});
