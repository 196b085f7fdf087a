import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { AssertionError, expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, gate, mine, mistake, type Rehearsal } from "#harness";

const { watch } = await mine<typeof import("./solution.js")>();

const instrument = Instrument.THERMOMETER;
type Call = ServerWritableStream<WatchRequest, Reading>;
/** How many 'cancelled' listeners a handler may have: one per wait would be more. */
const fewListeners = 4;

/**
 * A station with `count` readings in its archive, and a reader. With `held`, the station's stream object is corked, so
 * that no message leaves it. A reader that stops reading has the same effect, but only once the connection is full, and
 * how much that holds depends on the version of Node.
 */
async function archived(stage: Rehearsal, count: number, { held }: { readonly held: boolean }) {
  let running: Call | undefined;
  let taken = 0;
  let queued = 0;
  let listeners = 0;
  const closed = gate();
  const returned = gate();
  const gone = gate();
  function* archive(): Generator<Reading> {
    try {
      while (taken < count) {
        taken += 1;
        // Shows progress without drawing anything.
        stage.note(undefined, "");
        yield { station: "hill", sequence: taken, instrument, value: 20 };
      }
    } finally {
      stage.fact("closed", 1);
      if (taken < count) stage.note(running, "closed");
      closed.open();
    }
  }
  /** Records how many messages the stream object holds after each write, and draws the highest number. */
  function counted(call: Call): void {
    const write = call.write.bind(call) as (reading: Reading, ...more: never[]) => boolean;
    let refused = 0;
    call.write = (reading: Reading, ...more: unknown[]) => {
      const room = write(reading, ...(more as never[]));
      queued = Math.max(queued, call.writableLength);
      if (!room) refused += 1;
      stage.fact("queued", queued);
      stage.fact("refused", refused);
      return room;
    };
    // `end` would release the held messages.
    if (held) call.end = (() => drawn()) as Call["end"];
  }
  let isDrawn = !held;
  function drawn(): void {
    if (!isDrawn) stage.note(running, `${queued} queued`);
    isDrawn = true;
  }
  const handler = watch(archive);
  /** After this many fences without progress there will be none. The number is high for code that waits on a timer. */
  const quietFences = () => (stage.leftovers.length === 0 ? 3 : 30);
  await stage.serve({
    definition: StationService,
    implementation: {
      watch(call: Call) {
        running = call;
        counted(call);
        stage.fact("limit", call.writableHighWaterMark);
        call.on("cancelled", () => gone.open());
        if (held) call.cork();
        const own = call.listenerCount("cancelled");
        const waiting = handler(call) as unknown;
        Promise.resolve(waiting).then(() => {
          stage.fact("returned", 1);
          listeners = call.listenerCount("cancelled") - own;
          returned.open();
        });
        return waiting;
      },
    },
  });
  const call = stage.station().watch({ instrument, count, resumeAfter: 0 });
  const arrived: number[] = [];
  let hasTwice = false;
  const ended = gate<number>();
  stage.fact("count", count);
  stage.fact("arrived", 0);
  call.on("data", ({ sequence }: Reading) => {
    if (sequence === arrived.at(-1) && !hasTwice) stage.fact("twice", sequence);
    hasTwice ||= sequence === arrived.at(-1);
    arrived.push(sequence);
    stage.fact("arrived", arrived.length);
  });
  call.on("error", () => {});
  call.on("status", ({ code }) => ended.open(code));
  return {
    arrived,
    closed: closed.opened,
    ended: ended.opened,
    /** Resolves when the handler has returned, with the number of 'cancelled' listeners left on the call. */
    async left(): Promise<number> {
      await returned.opened;
      return listeners;
    },
    queued: () => queued,
    /** Waits until the station takes no more readings. */
    async quiet(): Promise<void> {
      for (let quiet = 0; quiet < quietFences(); ) {
        const before = taken;
        await stage.fence();
        quiet = running && taken === before ? quiet + 1 : 0;
        // Code that sleeps between two writes would take very long to flood.
        if (stage.leftovers.length > 0 && queued > 2 * (running?.writableHighWaterMark ?? 0)) break;
      }
      drawn();
    },
    async leave(): Promise<void> {
      call.cancel();
      await gone.opened;
      // Uncork: grpc-js discards messages that cannot be sent any more.
      running?.uncork();
    },
  };
}

const numbersTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

check("every-reading", async (stage) => {
  const { arrived, ended } = await archived(stage, 40, { held: false });
  expect(status[await ended], "how the call ended").to.equal("OK");
  expect(arrived, "the readings that arrived").to.deep.equal(numbersTo(40));
});

check("waits", async (stage) => {
  const { queued, quiet } = await archived(stage, 400, { held: true });
  await quiet();
  expect(queued(), "the readings that waited in the station's memory").to.be.at.most(16);
});

check("tidy", async (stage) => {
  const { left, ended } = await archived(stage, 200, { held: false });
  await ended;
  const listeners = await left();
  if (listeners <= fewListeners) return;
  stage.fact("listeners", listeners);
  throw new Error(`${listeners} listeners on 'cancelled' are left on the call`);
});

check("leaves", async (stage) => {
  const { quiet, leave, closed } = await archived(stage, 400, { held: true });
  await quiet();
  await leave();
  stage.fact("left", 1);
  await closed;
});

mistake("writes-again", ({ facts }) => facts.twice !== undefined && {});
mistake("gives-up", ({ check, facts, error }) => {
  return (
    check === "every-reading" && error instanceof AssertionError && Number(facts.arrived) < Number(facts.count) && {}
  );
});
mistake("never-ends", ({ facts, silent }) => silent && facts.returned === 1 && facts.arrived === facts.count && {});
mistake(
  "returns-too-soon",
  ({ facts, silent }) =>
    silent && facts.returned === 1 && facts.left !== 1 && Number(facts.arrived) < Number(facts.count) && {},
);
mistake("listeners-pile-up", ({ facts }) => facts.listeners !== undefined && {});
mistake(
  "never-wakes",
  ({ facts, silent, leftovers }) =>
    silent && leftovers.length === 0 && facts.left !== 1 && Number(facts.arrived) < Number(facts.count) && {},
);
mistake("floods", ({ check, facts }) => check === "waits" && Number(facts.queued) > Number(facts.limit) && {});
mistake(
  "archive-left-open",
  ({ facts, silent }) => silent && facts.left === 1 && facts.closed !== 1 && facts.returned === 1 && {},
);
mistake("waits-for-drain-alone", ({ facts, silent }) => silent && facts.left === 1 && facts.closed !== 1 && {});
