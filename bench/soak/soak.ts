import { setTimeout as wait } from "node:timers/promises";
import { random } from "../../bridge/test/harness/random.js";
import { BrokenPromise } from "./checking/broken-promise.js";
import { Chance } from "./conducting/chance.js";
import { Conductor } from "./conducting/conductor.js";
import { judge, leftOf, type Outcome, type Readings } from "./outcome.js";
import type { Gauges } from "./protocol.js";
import type { Progress } from "./report.js";
import { startServer } from "./server/server.js";
import type { Settings } from "./settings.js";

/** The share of the time before the first reading of the heap: two minutes of ten. */
const firstReading = 0.2;
/** How many milliseconds a server has to release members that have left. */
const letGoMs = 60_000;

export interface SoakOptions {
  /** Ends the run when it aborts; `soak` rejects with its reason. */
  readonly signal: AbortSignal;
  readonly progress?: Progress;
  /** The program of another server than the chat's, see `soaked`. */
  readonly server?: URL;
}

/**
 * Soaks the chat: its server in a process, members in other processes that talk, join, leave and are disturbed, and a
 * checker for everything that they hear.
 *
 * @returns what was counted and measured, and the promise that was broken, if one was
 */
export async function soak(settings: Settings, { signal, progress, server: program }: SoakOptions): Promise<Outcome> {
  const began = performance.now();
  const server = await startServer((news) => conductor.disturber.stalls.takeNews(news), program);
  const conductor = new Conductor(settings, server.port, new Chance(random(settings.seed)));
  const stop = () => conductor.fail(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const readings: Readings = {};
  let mayEnd = false;
  void server.exited.then((how) => {
    if (!mayEnd) conductor.fail(new BrokenPromise(`the server's process has ended unexpectedly: ${how}`));
  });

  const seconds = () => (performance.now() - began) / 1000;
  const read = () => conductor.inTime(server.gauges(), () => "what the server holds");
  const outcome = (broken?: BrokenPromise): Outcome => {
    const { latency, checker } = conductor;
    return { settings, seconds: seconds(), tally: checker.tally, latency, readings, broken };
  };
  let shownAt = began;
  async function disturb(share: number): Promise<void> {
    const { lasts } = settings;
    const passed = () =>
      "minutes" in lasts ? seconds() / 60 / lasts.minutes : conductor.disturber.decks / lasts.decks;
    while (passed() < share) {
      await conductor.round(true);
      if (progress === undefined || performance.now() - shownAt < progress.everyMs) continue;
      progress.show(outcome(), conductor.members, (await read()).heap);
      shownAt = performance.now();
    }
    await conductor.settle();
  }

  try {
    readings.before = await read();
    await conductor.begin();
    await disturb(firstReading);
    readings.first = await read();
    await disturb(1);
    readings.last = await read();
    await conductor.end();
    readings.after = await whenLetGo(readings.before, read);
    mayEnd = true;
    const down = await conductor.inTime(server.drain(), () => "the end of the server, whose members have gone");
    readings.down = down.gauges;
    if (down.ended !== "0") throw new BrokenPromise(`the server has ended with ${down.ended}`);
    judge(readings, settings.mostGrowth);
    return outcome();
  } catch (error) {
    if (error instanceof BrokenPromise) return outcome(error);
    throw error;
  } finally {
    mayEnd = true;
    signal.removeEventListener("abort", stop);
    await Promise.all([conductor.kill(), server.kill()]);
  }
}

/** Reads until the server has released all members that have left, because the end of a connection takes time. */
async function whenLetGo(before: Gauges, read: () => Promise<Gauges>): Promise<Gauges> {
  const giveUpAt = performance.now() + letGoMs;
  for (;;) {
    const after = await read();
    if (leftOf(before, after) === undefined || performance.now() > giveUpAt) return after;
    await wait(50);
  }
}
