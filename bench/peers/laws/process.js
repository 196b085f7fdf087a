import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { filter, firstValueFrom, map, ReplaySubject, skip } from "rxjs";

/** Silence for so long is a verdict of its own. It paces nothing: every wait ends with what it waits for. */
const patience = 3000;

/** A verdict that ends a check wherever it is. */
export class Verdict extends Error {
  constructor(held, figure) {
    super(figure);
    this.held = held;
    this.figure = figure;
  }
}

/** Resolves with what `promise` does, or with `silence` when nothing comes. */
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

/** One side of a check, in a process of its own. */
export function startSide(column, side, scenario, port = 0) {
  const child = fork(
    fileURLToPath(new URL("child.js", import.meta.url)),
    [column, side, scenario, String(port)],
    // A queue without a bound is to be seen as a figure, and is to end before the machine does.
    { execArgv: ["--expose-gc", "--max-old-space-size=512"], stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-4000);
  });
  const reports = new ReplaySubject();
  child.on("message", (report) => reports.next(report));
  const exited = once(child, "exit").then(([code]) => code);
  // What it has sent may still come when it has ended.
  Promise.all([exited, once(child, "disconnect")]).then(() => reports.error(new Verdict(false, "the process ended")));
  const asked = {};

  /** What the next report named `event` says. */
  function next(event) {
    const before = asked[event] ?? 0;
    asked[event] = before + 1;
    const ofEvent = reports.pipe(
      filter((report) => report.event === event),
      skip(before),
      map(({ what }) => what),
    );
    const reported = firstValueFrom(ofEvent);
    // A check that has given up waiting is no longer interested in how the process has ended.
    reported.catch(() => {});
    return reported;
  }

  const tell = (message) => child.connected && child.send(message);
  return {
    next,
    /** Resolves with the exit code. */
    exited,
    complaint: () => complaint,
    /** What the side says of itself now, `bytes` of memory included. */
    async state() {
      tell("state");
      const now = await within(next("state"), undefined);
      if (now === undefined) throw new Verdict(false, "its event loop stands still");
      return now;
    },
    /** Has a client close, and its process end by itself. */
    leave: () => tell("leave"),
    stop() {
      child.kill("SIGKILL");
      return exited;
    },
  };
}

/** Asks again until what `ask` says stays the same five times: whatever was under way has come to rest. */
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
