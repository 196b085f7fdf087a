import { type handleClientStreamingCall, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  type ControlRoomClient,
  ControlRoomService,
  Instrument,
  type Reading,
  type Summary,
} from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { report, summarize } = await mine<typeof import("./solution.js")>();

type Handler = handleClientStreamingCall<Reading, Summary>;

const readings: readonly Reading[] = [12, 9, 15].map((value, at) => ({
  station: "hill",
  sequence: at + 1,
  instrument: Instrument.THERMOMETER,
  value,
}));
const all: Summary = { count: 3, lowest: 9, highest: 15 };

/** A control room that behaves as the learner's should. */
const goodRoom: Handler = (call, callback) => {
  const taken: number[] = [];
  call.on("data", ({ value }: Reading) => taken.push(value));
  call.on("end", () => {
    const extremes = taken.length > 0 ? { lowest: Math.min(...taken), highest: Math.max(...taken) } : {};
    callback(null, { count: taken.length, ...extremes });
  });
};

/** The learner's control room. It counts the answers. */
function countedRoom(stage: Rehearsal): Handler {
  let callbacks = 0;
  return (call, callback) =>
    summarize(call, (...reply) => {
      callbacks += 1;
      stage.fact("callbacks", callbacks);
      callback(...reply);
    });
}

/** A station that behaves as the learner's should. It sends a reading when all earlier ones have arrived. */
async function goodStation(stage: Rehearsal, room: ControlRoomClient): Promise<Summary> {
  let answered = false;
  const answer = gate<Summary | ServiceError>();
  const call = room.report((error: ServiceError | null, summary) => {
    answered = true;
    answer.open(error ?? summary);
  });
  // The call must begin at the control room before the first reading.
  await stage.fence();
  for (const reading of readings) {
    call.write(reading);
    await stage.fence();
  }
  if (answered) throw new Error("the control room answered before the station had half-closed");
  call.end();
  const summary = await answer.opened;
  if (summary instanceof Error) throw summary;
  return summary;
}

async function open(stage: Rehearsal, handler: Handler, given: number): Promise<ControlRoomClient> {
  await stage.serve({
    definition: ControlRoomService,
    implementation: { report: handler },
  });
  stage.fact("given", given);
  return stage.room();
}

/** Expects an answer about all sent readings. */
function answered(stage: Rehearsal, summary: Summary, expected: Summary): void {
  if (summary.count !== expected.count) stage.fact("counted", summary.count);
  expect(summary, "the control room's answer").to.include(expected);
}

check("half-closes", async (stage) => {
  const room = await open(stage, goodRoom, readings.length);
  answered(stage, await report(room, readings), all);
});

check("answers-once", async (stage) => {
  const room = await open(stage, countedRoom(stage), readings.length);
  answered(stage, await goodStation(stage, room), all);
});

check("together", async (stage) => {
  const room = await open(stage, countedRoom(stage), readings.length);
  answered(stage, await report(room, readings), all);
});

check("none", async (stage) => {
  const room = await open(stage, countedRoom(stage), 0);
  const summary = await report(room, []);
  answered(stage, summary, { count: 0 });
  expect(summary.lowest, "the lowest of no values").to.equal(undefined);
});

/** The events of the call on one side, in order. */
const on = ({ calls: [call] }: Evidence, side: "client" | "server") =>
  call?.events.flatMap(({ event }) => (event.side === side ? [event] : [])) ?? [];

const requests = (evidence: Evidence, side: "client" | "server") =>
  on(evidence, side).filter(({ kind }) => kind === "request").length;

const halfClosed = (evidence: Evidence) => on(evidence, "client").some(({ kind }) => kind === "half-close");

/** How many readings the control room had read when it answered, or undefined if it did not. */
function readBeforeAnswer(evidence: Evidence): number | undefined {
  const events = on(evidence, "server");
  const answer = events.findIndex(({ kind }) => kind === "response");
  return answer < 0 ? undefined : events.slice(0, answer).filter(({ kind }) => kind === "request").length;
}

function answeredEarly(evidence: Evidence): boolean {
  const kinds = on(evidence, "server").map(({ kind }) => kind);
  const end = kinds.indexOf("half-close");
  return kinds.includes("response") && (end < 0 || kinds.indexOf("response") < end);
}

const wroteAfterEnd = ({ exceptions }: Evidence) =>
  exceptions.some((error) => error instanceof Error && "code" in error && error.code === "ERR_STREAM_WRITE_AFTER_END");

mistake("ends-too-soon", (evidence) => {
  const sent = requests(evidence, "client");
  const tooFew = halfClosed(evidence) && sent < Number(evidence.facts.given);
  return (tooFew || wroteAfterEnd(evidence)) && { sent };
});
mistake("cancels", (evidence) => {
  const ended = on(evidence, "client").find(({ kind }) => kind === "status");
  return ended?.code === status.CANCELLED && { code: status[ended.code] ?? "" };
});
mistake(
  "never-half-closes",
  (evidence) => evidence.silent && !halfClosed(evidence) && { read: requests(evidence, "server") },
);
mistake("answers-early", (evidence) => answeredEarly(evidence) && { read: readBeforeAnswer(evidence) ?? 0 });
mistake("answers-twice", (evidence) => {
  const ended = on(evidence, "client").find(({ kind }) => kind === "status");
  return (
    Number(evidence.facts.callbacks) > 1 && { code: ended?.code === undefined ? "nothing" : (status[ended.code] ?? "") }
  );
});
mistake(
  "never-answers",
  (evidence) =>
    evidence.silent &&
    halfClosed(evidence) &&
    readBeforeAnswer(evidence) === undefined && { read: requests(evidence, "server") },
);
mistake("counts-too-many", ({ facts }) => Number(facts.counted) > Number(facts.given) && {});
mistake("counts-some", ({ facts }) => facts.counted !== undefined && {});
