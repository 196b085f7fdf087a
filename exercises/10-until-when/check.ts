import { type Deadline, type ServerWritableStream, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  Instrument,
  type Reading,
  type StationClient,
  StationService,
  type WatchRequest,
} from "#gen/quartet/workshop/v1/workshop.js";
import { check, gate, mine, mistake, type Rehearsal } from "#harness";

const { watch } = await mine<typeof import("./solution.js")>();

const count = 3;
const eachMs = 20_000;
const wholeMs = count * eachMs;
const instrument = Instrument.THERMOMETER;

/**
 * Allows code that rounds up, or adds time for the network: this much more still counts as the time of three readings.
 */
const graceMs = 20_000;

/** The deadline in the options of a call, or Infinity if there is none. */
function deadlineIn(options: readonly unknown[]): number {
  for (const option of options) {
    if (typeof option !== "object" || option === null || !("deadline" in option)) continue;
    const deadline = option.deadline as Deadline | undefined;
    return deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline);
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * A client that records the deadline of a call before it makes the call. The station sees less: the deadline arrives as
 * a number of milliseconds, and a call that is over before it begins never arrives.
 */
function shown(client: StationClient, show: (deadline: number) => void): StationClient {
  const original = client.watch;
  return Object.assign(client, {
    watch(...args: unknown[]): unknown {
      show(deadlineIn(args.slice(1)));
      return Reflect.apply(original, client, args);
    },
  });
}

/** A duration in a text for the learner. */
function inWords(ms: number): string {
  const units = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
  ] as const;
  // Uses the largest unit of which there are two or more: 60 s are "60 s", not "1 minutes".
  for (const [unit, length] of units) {
    if (ms >= 2 * length) return `${Math.round(ms / length).toLocaleString("en")} ${unit}s`;
  }
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}

/** A point in time as text, if a Date can hold it. */
function momentInWords(deadline: number): string {
  const date = new Date(deadline);
  if (Number.isNaN(date.getTime())) return String(deadline);
  const [day, time = ""] = date.toISOString().split("T");
  return `${day}, ${time.slice(0, 8)}`;
}

/**
 * A station with this many readings, and the call that the learner's function makes to it. A stuck station keeps the
 * call open after the readings.
 */
async function watched(stage: Rehearsal, wanted: number, readings: number) {
  const left = gate();
  const stuck = gate();
  let beganMs = 0;
  await stage.serve({
    definition: StationService,
    implementation: {
      async watch(call: ServerWritableStream<WatchRequest, Reading>) {
        call.on("cancelled", () => left.open());
        const deadline = Number(call.getDeadline());
        // Measured from the call itself, without the time on the way, because a machine may be slow.
        const leftMs = Math.floor((deadline - beganMs) / 1000) * 1000;
        stage.note(call, Number.isFinite(deadline) ? `${inWords(leftMs)} left` : "no deadline");
        for (let sequence = 1; sequence <= readings; sequence += 1) {
          call.write({ station: "hill", sequence, instrument, value: 20 + sequence });
          await stage.fence();
        }
        if (wanted > 0 && readings === wanted) call.end();
        else {
          if (wanted > 0) stage.note(call, "stuck");
          stuck.open();
        }
      },
    },
  });
  let deadline = Number.POSITIVE_INFINITY;
  // The client is not connected yet, so a call that is over at once never leaves it.
  const client = shown(stage.station(), (given) => {
    deadline = given;
    stage.fact("deadline", given);
    stage.fact("moment", momentInWords(given));
    if (Number.isFinite(given)) stage.fact("given", inWords(given - Date.now()));
  });
  stage.fact("wanted", wanted);
  stage.fact("each", inWords(eachMs));
  stage.fact("whole", inWords(wholeMs));
  stage.fact("arrived", 0);
  beganMs = Date.now();
  const call = watch(client, wanted, eachMs);
  const arrived: number[] = [];
  const last = gate();
  const ended = gate<number>();
  call.on("data", ({ sequence }: Reading) => {
    arrived.push(sequence);
    stage.fact("arrived", arrived.length);
    if (arrived.length === readings) last.open();
  });
  call.on("error", ({ code }: ServiceError) => ended.open(code));
  call.on("status", ({ code }) => ended.open(code));
  ended.opened.then((code) => stage.fact("code", status[code] ?? code));
  return {
    call,
    arrived,
    beganMs,
    deadline: () => deadline,
    last: last.opened,
    ended: ended.opened,
    left: left.opened,
    stuck: stuck.opened,
  };
}

check("arrive", async (stage) => {
  const { ended, arrived } = await watched(stage, count, count);
  expect(status[await ended], "the status of the call").to.equal("OK");
  expect(arrived, "the readings that arrived").to.deep.equal([1, 2, 3]);
});

check("stuck", async (stage) => {
  const { deadline, stuck, ended } = await watched(stage, count, 1);
  await Promise.race([stuck, ended]);
  if (deadline() === Number.POSITIVE_INFINITY) throw new Error("a station is stuck, and nothing ends the call");
});

check("whole", async (stage) => {
  const { beganMs, deadline, ended } = await watched(stage, count, count);
  const givenMs = deadline() - beganMs;
  await ended;
  if (givenMs < wholeMs) {
    stage.fact("short", 1);
    throw new Error(`${count} readings may take ${inWords(wholeMs)}, and the call was given ${inWords(givenMs)}`);
  }
  if (givenMs > wholeMs + graceMs)
    throw new Error(`${count} readings take at most ${inWords(wholeMs)}, and the call was given ${inWords(givenMs)}`);
});

check("endless", async (stage) => {
  const { call, deadline, last, ended, left } = await watched(stage, 0, count);
  const end = await Promise.race([last.then(() => status.OK), ended]);
  if (deadline() !== Number.POSITIVE_INFINITY) {
    stage.fact("endlessEnds", 1);
    throw new Error("a watch without end was given one");
  }
  expect(status[end], "the status of the watch").to.equal("OK");
  // By now everything that was sent has arrived, with its effects.
  await stage.fence();
  call.cancel();
  await left;
});

const yearMs = 366 * 86_400_000;

mistake(
  "refused",
  ({ facts, rejections }) =>
    (Number.isNaN(facts.deadline) || rejections.some((error) => String(error).includes("too far in the future"))) && {},
);
mistake("endless-ends", ({ facts }) => facts.endlessEnds === 1 && {});
mistake("in-1970", ({ facts }) => Number(facts.deadline) < yearMs && {});
mistake("no-deadline", ({ facts, check }) => check === "stuck" && facts.deadline === Number.POSITIVE_INFINITY && {});
mistake("for-one", ({ facts }) => facts.short === 1 && {});
