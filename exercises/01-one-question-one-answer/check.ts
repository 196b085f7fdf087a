import { type handleUnaryCall, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  Instrument,
  type MeasureRequest,
  type Reading,
  type StationClient,
  StationService,
} from "#gen/quartet/workshop/v1/workshop.js";
import { check, mine, mistake, type Rehearsal } from "#harness";

const { measure } = await mine<typeof import("./solution.js")>();

const names: Readonly<Record<number, string>> = {
  [Instrument.THERMOMETER]: "thermometer",
  [Instrument.BAROMETER]: "barometer",
  [Instrument.ANEMOMETER]: "anemometer",
};
/** The readings of the mast. Each instrument has its own number, so that you can tell them apart in a diagram. */
const shown: Readonly<Record<number, Pick<Reading, "sequence" | "value">>> = {
  [Instrument.THERMOMETER]: { sequence: 7, value: 21.5 },
  [Instrument.BAROMETER]: { sequence: 8, value: 1013 },
  [Instrument.ANEMOMETER]: { sequence: 9, value: 4 },
};

/** A station that counts how often the learner's handler reads the mast, and how often it answers one question. */
async function station(stage: Rehearsal): Promise<StationClient> {
  let read = 0;
  const unanswered = new Set<Instrument>();
  const waiting = () => stage.fact("unanswered", names[[...unanswered][0] ?? Instrument.UNSPECIFIED] ?? "");
  const handler = measure((instrument) => {
    read += 1;
    stage.fact("read", read);
    return { station: "hill", instrument, ...(shown[instrument] ?? { sequence: 10, value: Number.NaN }) };
  });
  const counting: handleUnaryCall<MeasureRequest, Reading> = (call, callback) => {
    const { instrument } = call.request;
    let callbacks = 0;
    unanswered.add(instrument);
    waiting();
    return handler(call, (...reply) => {
      callbacks += 1;
      unanswered.delete(instrument);
      waiting();
      if (callbacks > 1) stage.fact("callbacks", callbacks);
      const [error, reading] = reply;
      if (!error && !reading) stage.fact("empty", 1);
      callback(...reply);
    });
  };
  stage.fact("read", 0);
  await stage.serve({
    definition: StationService,
    implementation: { measure: counting },
  });
  return stage.station();
}

function ask(stage: Rehearsal, client: StationClient, instrument: Instrument): Promise<Reading> {
  return new Promise((resolve, reject) => {
    client.measure({ instrument }, (error: ServiceError | null, reading) => {
      stage.fact("got", error ? (status[error.code] ?? "") : (reading?.value ?? "nothing"));
      if (error) reject(error);
      else resolve(reading);
    });
  });
}

check("answers", async (stage) => {
  const client = await station(stage);
  const reading = await ask(stage, client, Instrument.THERMOMETER);
  expect(reading, "the reading that the caller got").to.include({ station: "hill", value: 21.5 });
  // By now a second reply would have been sent.
  await stage.fence();
  const [call] = stage.calls;
  expect(call?.events.filter(({ event }) => event.kind === "response" && event.side === "client")).to.have.length(1);
});

check("its-own", async (stage) => {
  const client = await station(stage);
  const asked = [Instrument.BAROMETER, Instrument.ANEMOMETER, Instrument.THERMOMETER];
  const readings = await Promise.all(asked.map((instrument) => ask(stage, client, instrument)));
  for (const [index, instrument] of asked.entries()) {
    const answered = readings[index]?.instrument ?? Instrument.UNSPECIFIED;
    if (answered === instrument) continue;
    stage.fact("asked", names[instrument] ?? "nothing");
    stage.fact("answered", names[answered] ?? "nothing");
    throw new Error(`asked for the ${names[instrument]}, it answered with the ${names[answered]}`);
  }
});

mistake("answers-twice", ({ facts, calls }) => {
  if (facts.callbacks === undefined) return false;
  const responses = calls.flatMap(({ events }) =>
    events.filter(({ event }) => event.kind === "response" && event.side === "client"),
  );
  return { got: responses.length === 0 ? "none of them" : String(responses.length) };
});
mistake("never-answers", ({ facts, silent }) => silent && facts.unanswered !== "" && {});
mistake("answers-with-nothing", ({ facts }) => facts.empty !== undefined && {});
mistake("made-up", ({ facts }) => facts.read === 0 && typeof facts.got === "number" && {});
mistake("same-to-all", ({ facts }) => facts.asked !== undefined && {});
