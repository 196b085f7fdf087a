import { type ServerWritableStream, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { watch } = await mine<typeof import("./solution.js")>();

const instrument = Instrument.THERMOMETER;

const secret = "bus 3";

/** How many readings there are, whether the instrument then fails, and whether each arrives before the next. */
interface Source {
  readonly count: number;
  readonly fails: boolean;
  readonly paced: boolean;
}

/** A station with such a source, watched to the end: gives the readings that arrive, and the status. */
async function watched(stage: Rehearsal, { count, fails, paced }: Source) {
  let running: ServerWritableStream<WatchRequest, Reading> | undefined;
  async function* readings(): AsyncGenerator<Reading> {
    for (let sequence = 1; sequence <= count; sequence += 1) {
      yield { station: "hill", sequence, instrument, value: 20 + sequence };
      if (paced) await stage.fence();
    }
    if (!fails) return;
    stage.note(running, "it fails");
    throw new Error(`${secret}: no answer from sensor 28`);
  }
  const handler = watch(readings);
  await stage.serve({
    definition: StationService,
    implementation: {
      watch(call: ServerWritableStream<WatchRequest, Reading>) {
        running = call;
        // Closed but not finished: the stream discarded what it held, the status included.
        call.on("close", () => stage.fact("thrownAway", call.writableFinished ? 0 : 1));
        return handler(call);
      },
    },
  });
  stage.fact("taken", count);
  const call = stage.station().watch({ instrument, count: 0, resumeAfter: 0 });
  const arrived: number[] = [];
  const ended = gate<Pick<ServiceError, "code" | "details">>();
  call.on("data", ({ sequence }: Reading) => arrived.push(sequence));
  call.on("error", () => {});
  call.on("status", ended.open);
  const { code, details } = await ended.opened;
  // By now anything that comes after the status has arrived.
  await stage.fence();
  return { arrived, code, details };
}

const failing = { count: 2, fails: true, paced: true };

/** The numbers from 1. */
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

check("all-well", async (stage) => {
  const { arrived, code } = await watched(stage, { count: 2, fails: false, paced: true });
  expect(arrived, "the readings that arrived").to.deep.equal(numbers(2));
  expect(status[code], "the status").to.equal("OK");
});

check("one-status", async (stage) => {
  const { code, details } = await watched(stage, failing);
  expect(status[code], "the status").to.equal("UNAVAILABLE");
  if (details.includes(secret)) throw new Error("the engineer's error text has left the station");
});

check("good-ones-first", async (stage) => {
  const { arrived } = await watched(stage, failing);
  expect(arrived, "the readings that arrived before the status").to.deep.equal(numbers(2));
});

check("not-left-yet", async (stage) => {
  // More than the stream sends at once: the last ones still wait in it when the instrument fails.
  const count = 5;
  const { arrived, code } = await watched(stage, { count, fails: true, paced: false });
  expect(arrived, "the readings that arrived before the status").to.deep.equal(numbers(count));
  expect(status[code], "the status").to.equal("UNAVAILABLE");
});

/** The status that the client got, or undefined if it got none. */
const statusOf = ({ calls: [call] }: Evidence) => {
  const event = call?.events.find(({ event }) => event.kind === "status" && event.side === "client")?.event;
  if (event?.code === undefined) return undefined;
  return { code: status[event.code] ?? String(event.code), details: event.details ?? "" };
};

/** How many readings have arrived at the client. */
const arrivedIn = ({ calls: [call] }: Evidence) =>
  call?.events.filter(({ event }) => event.kind === "response" && event.side === "client").length ?? 0;

/** Whether the instrument fails in the check that did not pass. */
const fails = ({ check }: Evidence) => check !== "all-well";

mistake(
  "then-silence",
  (evidence) => evidence.facts.thrownAway === 1 && !statusOf(evidence) && { arrived: arrivedIn(evidence) },
);
mistake("not-an-object", (evidence) => {
  // Then grpc-js throws in `emit`.
  const thrown = evidence.rejections.find((reason) => reason instanceof TypeError);
  return thrown instanceof TypeError && { arrived: arrivedIn(evidence), error: thrown.message };
});
mistake("not-caught", (evidence) => evidence.rejections.length > 0 && { arrived: arrivedIn(evidence) });
mistake("still-open", (evidence) => evidence.silent && !statusOf(evidence) && { arrived: arrivedIn(evidence) });
mistake("as-if-all-were-well", (evidence) => fails(evidence) && statusOf(evidence)?.code === "OK" && {});
mistake("as-it-is", (evidence) => {
  const status = statusOf(evidence);
  return status?.details.includes(secret) && status;
});
mistake("another-code", (evidence) => {
  const status = statusOf(evidence);
  return fails(evidence) && status && status.code !== "UNAVAILABLE" && status;
});
mistake("kept-back", (evidence) => {
  const [status, arrived] = [statusOf(evidence), arrivedIn(evidence)];
  return fails(evidence) && status && arrived < Number(evidence.facts.taken) && { ...status, arrived };
});
