import type { ServerWritableStream } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { watch } = await mine<typeof import("./solution.js")>();

const count = 3;
const instrument = Instrument.THERMOMETER;

/**
 * A station with three readings, and a client that watches it. Before the source takes the next reading, it waits until
 * all sent messages have arrived. So a message that was sent at once arrives before the next reading is taken.
 */
async function watched(stage: Rehearsal) {
  let running: ServerWritableStream<WatchRequest, Reading> | undefined;
  async function* readings(): AsyncGenerator<Reading> {
    for (let sequence = 1; sequence <= count; sequence += 1) {
      stage.note(running, `reading ${sequence}`);
      stage.fact("taken", sequence);
      yield { station: "hill", sequence, instrument, value: 20 + sequence };
      await stage.fence();
    }
  }
  const handler = watch(readings);
  const handled = gate();
  await stage.serve({
    definition: StationService,
    implementation: {
      async watch(call: ServerWritableStream<WatchRequest, Reading>) {
        running = call;
        try {
          await handler(call);
        } finally {
          handled.open();
        }
      },
    },
  });
  const call = stage.station().watch({ instrument, count, resumeAfter: 0 });
  const arrived: number[] = [];
  /** How many readings had been taken when the message arrived. */
  const takenBy: number[] = [];
  const ended = gate<number>();
  stage.fact("sent", count);
  stage.fact("taken", 0);
  stage.fact("arrived", 0);
  call.on("data", ({ sequence }: Reading) => {
    arrived.push(sequence);
    stage.fact("arrived", arrived.length);
    takenBy.push(taken());
  });
  call.on("error", () => {});
  call.on("status", ({ code }) => ended.open(code));
  const taken = () => stage.calls.flatMap(({ events }) => events).filter(({ event }) => event.kind === "note").length;
  const all = new Promise<void>((resolve) => {
    call.on("data", () => arrived.length === count && resolve());
    call.on("end", resolve);
  });
  return { arrived, takenBy, all, handled: handled.opened, ended: ended.opened };
}

check("every-reading", async (stage) => {
  const { all, handled, arrived } = await watched(stage);
  await all;
  // Messages that were written after the loop have arrived as well.
  await handled;
  await stage.fence();
  expect(arrived, "the readings that arrived").to.deep.equal([1, 2, 3]);
});

check("as-they-arrive", async (stage) => {
  const { all, handled, takenBy } = await watched(stage);
  await all;
  await handled;
  for (const [index, taken] of takenBy.entries()) {
    if (taken <= index + 1) continue;
    stage.fact("last", taken);
    throw new Error(`message ${index + 1} arrived after reading ${taken} was taken`);
  }
});

check("ends", async (stage) => {
  const { ended } = await watched(stage);
  expect(await ended, "the status of the call").to.equal(0);
});

const statusOf = ({ calls: [call] }: Evidence) =>
  call?.events.find(({ event }) => event.kind === "status" && event.side === "client")?.event.code;

mistake("list-in-slow-motion", ({ facts }) => facts.last === count && {});
mistake("never-ends", (evidence) => evidence.silent && evidence.facts.arrived === count && {});
mistake("sent-again", ({ facts }) => Number(facts.arrived) > count && {});
mistake("nothing-is-sent", (evidence) => evidence.silent && evidence.facts.arrived === 0 && {});
mistake("ends-at-once", (evidence) => statusOf(evidence) === 0 && Number(evidence.facts.arrived) < count && {});
