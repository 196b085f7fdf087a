import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { filter, firstValueFrom, map, ReplaySubject, skip } from "rxjs";

/** After this many milliseconds, silence is a verdict. It paces nothing: every wait ends with its event. */
const patience = 3000;

/** A verdict that ends a check at any point. */
export class Verdict extends Error {
  constructor(held, figure) {
    super(figure);
    this.held = held;
    this.figure = figure;
  }
}

/** Resolves with the value of `promise`, or with `silence` if it does not settle in time. */
export async function within(promise, silence, milliseconds = patience) {
  const over = new AbortController();
  try {
    return await Promise.race([promise, wait(milliseconds, silence, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

/** Whether `promise` settles in time. */
export const happens = (promise, milliseconds) =>
  within(
    promise.then(() => true),
    false,
    milliseconds,
  );

/** One side of a check, in its own process. */
export function startSide(column, side, scenario, port = 0) {
  const child = fork(
    fileURLToPath(new URL("child.js", import.meta.url)),
    [column, side, scenario, String(port)],
    // An unbounded queue must show as a figure, and must end before the machine's memory does.
    { execArgv: ["--expose-gc", "--max-old-space-size=512"], stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-4000);
  });
  const reports = new ReplaySubject();
  child.on("message", (report) => reports.next(report));
  const exited = once(child, "exit").then(([code]) => code);
  // Messages that it has sent may arrive after its exit.
  Promise.all([exited, once(child, "disconnect")]).then(() => reports.error(new Verdict(false, "the process ended")));
  const asked = {};

  /** The contents of the next report named `event`. */
  function next(event) {
    const before = asked[event] ?? 0;
    asked[event] = before + 1;
    const ofEvent = reports.pipe(
      filter((report) => report.event === event),
      skip(before),
      map(({ what }) => what),
    );
    const reported = firstValueFrom(ofEvent);
    // A check that stopped waiting does not care how the process ended.
    reported.catch(() => {});
    return reported;
  }

  const tell = (message) => child.connected && child.send(message);
  return {
    next,
    /** Resolves with the exit code. */
    exited,
    complaint: () => complaint,
    /** The current state that the side reports, with `bytes` of memory. */
    async state() {
      tell("state");
      const now = await within(next("state"), undefined);
      if (now === undefined) throw new Verdict(false, "its event loop is blocked");
      return now;
    },
    /** Tells a client to close, so that its process ends without a kill. */
    leave: () => tell("leave"),
    stop() {
      child.kill("SIGKILL");
      return exited;
    },
  };
}

/** Calls `ask` until its result stays the same five times: then all activity has ended. */
export async function atRest(ask) {
  let last = await ask();
  for (let same = 0; same < 5; ) {
    await wait(60);
    const now = await ask();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}
