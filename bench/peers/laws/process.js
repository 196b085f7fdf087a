import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

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
  let timer;
  const watchdog = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds, silence);
  });
  try {
    return await Promise.race([promise, watchdog]);
  } finally {
    clearTimeout(timer);
  }
}

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
  const happened = [];
  const waiting = [];
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  const take = ({ event, accept }) => {
    const index = happened.findIndex((entry) => entry.event === event);
    if (index < 0) return false;
    accept(happened.splice(index, 1)[0].what);
    return true;
  };
  child.on("message", (entry) => {
    happened.push(entry);
    const index = waiting.findIndex(take);
    if (index >= 0) waiting.splice(index, 1);
  });
  exited.then(() => {
    for (const { refuse } of waiting.splice(0)) refuse(new Verdict(false, "the process ended"));
  });

  /** What the next report named `event` says. */
  function next(event) {
    const reported = new Promise((accept, refuse) => {
      const waiter = { event, accept, refuse };
      if (take(waiter)) return;
      if (child.exitCode !== null || child.signalCode !== null) refuse(new Verdict(false, "the process ended"));
      else waiting.push(waiter);
    });
    // Who has given up waiting is no longer interested in how the process has ended.
    reported.catch(() => {});
    return reported;
  }

  return {
    next,
    exited,
    complaint: () => complaint,
    /** What the side says of itself now, `bytes` of memory included. */
    async state() {
      if (child.connected) child.send("state");
      const now = await within(next("state"), undefined);
      if (now === undefined) throw new Verdict(false, "its event loop stands still");
      return now;
    },
    stop() {
      child.removeAllListeners("message");
      child.kill("SIGKILL");
      return exited;
    },
  };
}

/** Asks again until what `ask` says stays the same five times: whatever was under way has come to rest. */
export async function atRest(ask) {
  let last = await ask();
  for (let same = 0; same < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    const now = await ask();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}
