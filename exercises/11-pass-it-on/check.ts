import {
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { expect } from "chai";
import {
  ControlRoomService,
  type InquireRequest,
  Instrument,
  type MeasureRequest,
  type Reading,
  type StationClient,
  StationService,
} from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { inquire } = await mine<typeof import("./solution.js")>();

/** Shorter than a deadline that a learner invents, and longer than a call takes on any machine. */
const patienceMs = 4_000;
const instrument = Instrument.THERMOMETER;

/** A request to the station, its callback, and the control room's call for which it came, with its arrival time. */
interface Asked {
  readonly call: ServerUnaryCall<MeasureRequest, Reading>;
  readonly callback: sendUnaryData<Reading>;
  readonly room: ServerUnaryCall<InquireRequest, Reading>;
  readonly sinceMs: number;
}

const seconds = (ms: number) => `${Math.max(0, Math.ceil(ms / 1000))} s`;

/**
 * A station that answers by `measure`, a control room with the learner's handler, and a caller that asks the control
 * room about the station.
 */
async function asked(stage: Rehearsal, measure: (asked: Asked) => void, options: { readonly deadline?: number } = {}) {
  let station: StationClient | undefined;
  let inquiry: Pick<Asked, "room" | "sinceMs"> | undefined;
  const handler: handleUnaryCall<InquireRequest, Reading> = inquire((name) => {
    // Created on demand: a call that is over before it begins never leaves a client that is not connected yet.
    if (name === "hill") station ??= stage.station();
    return station;
  });
  await stage.serve(
    {
      definition: ControlRoomService,
      implementation: {
        inquire(call: ServerUnaryCall<InquireRequest, Reading>, callback: sendUnaryData<Reading>) {
          inquiry = { room: call, sinceMs: Date.now() };
          return handler(call, callback);
        },
      },
    },
    {
      definition: StationService,
      implementation: {
        measure(call: Asked["call"], callback: sendUnaryData<Reading>) {
          stage.fact("asked", 1);
          if (inquiry) measure({ call, callback, ...inquiry });
        },
      },
    },
  );
  stage.fact("asked", 0);
  stage.fact("got", "nothing");
  const answered = gate<Reading | ServiceError>();
  const caller = stage
    .room()
    .inquire({ station: "hill", instrument }, new Metadata(), options, (error: ServiceError | null, reading) => {
      stage.fact("got", error ? (status[error.code] ?? error.code) : "OK");
      answered.open(error ?? reading);
    });
  return { caller, answer: answered.opened };
}

const reading: Reading = { station: "hill", sequence: 1, instrument, value: 21.5 };

check("answer", async (stage) => {
  let measured = 0;
  const { answer } = await asked(stage, ({ callback, room }) => {
    measured += 1;
    stage.note(room, "the hill measures");
    callback(null, reading);
  });
  expect(await answer, "what the caller got").to.deep.include({ station: "hill", value: 21.5 });
  expect(measured, "how often the station was asked").to.equal(1);
});

check("refusal", async (stage) => {
  const details = "the thermometer is frozen";
  stage.fact("said", status[status.UNAVAILABLE]);
  const { answer } = await asked(stage, ({ callback, room }) => {
    stage.note(room, "the hill says no");
    callback({ code: status.UNAVAILABLE, details });
  });
  expect(await answer, "what the caller got").to.include({ code: status.UNAVAILABLE, details });
});

check("deadline", async (stage) => {
  let hasMs = 0;
  let mayMs = 0;
  stage.fact("patience", seconds(patienceMs));
  const { answer } = await asked(
    stage,
    ({ call, callback, room, sinceMs }) => {
      const now = Date.now();
      hasMs = Number(call.getDeadline());
      // A deadline travels as the time that is left, so on arrival it is later by the travel time, but not more.
      const callerMs = Number(room.getDeadline());
      mayMs = callerMs + (now - sinceMs) + 1;
      const isCallers = hasMs >= callerMs && hasMs <= mayMs;
      const left = Number.isFinite(hasMs) ? seconds(isCallers ? patienceMs : hasMs - now) : "no deadline";
      stage.fact("given", left);
      stage.note(room, `the hill has ${left}`);
      callback(null, reading);
    },
    { deadline: Date.now() + patienceMs },
  );
  expect(await answer, "what the caller got").to.deep.include({ station: "hill", value: 21.5 });
  if (hasMs === Number.POSITIVE_INFINITY) {
    stage.fact("without", 1);
    throw new Error("the station got no deadline");
  }
  if (hasMs > mayMs) {
    stage.fact("later", 1);
    throw new Error("the station was given more time than the caller has");
  }
});

check("cancel", async (stage) => {
  const busy = gate();
  const stopped = gate();
  const { caller } = await asked(stage, ({ call, room }) => {
    stage.note(room, "the hill measures");
    call.on("cancelled", () => {
      stage.note(room, "the hill stops");
      stopped.open();
    });
    busy.open();
  });
  await busy.opened;
  stage.fact("hungUp", 1);
  caller.cancel();
  await stopped.opened;
});

/** The calls that the station still works on. */
const open = ({ calls }: Evidence) =>
  calls.filter(
    ({ path, events }) =>
      path.endsWith("/Measure") &&
      !events.some(({ event: { side, kind } }) => side === "server" && (kind === "status" || kind === "ended")),
  ).length;

mistake(
  "error-stays",
  ({ facts, check }) => check === "refusal" && facts.asked === 1 && facts.got !== facts.said && {},
);
mistake("gives-up-at-once", ({ facts }) => facts.asked === 0 && facts.got === "DEADLINE_EXCEEDED" && {});
mistake("deadline-stays", ({ facts }) => facts.without === 1 && {});
mistake("deadline-of-its-own", ({ facts }) => facts.later === 1 && {});
mistake("cancel-stays", (evidence) => {
  const count = open(evidence);
  return evidence.silent && evidence.facts.hungUp === 1 && count > 0 && { open: count };
});
