import type { handleUnaryCall, ServiceError } from "@grpc/grpc-js";
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
const values: Readonly<Record<number, number>> = {
  [Instrument.THERMOMETER]: 21.5,
  [Instrument.BAROMETER]: 1013,
  [Instrument.ANEMOMETER]: 4,
};

let sequence = 0;
function mast(instrument: Instrument): Reading {
  sequence += 1;
  return { station: "hill", sequence, instrument, value: values[instrument] ?? Number.NaN };
}

/** A station that counts how often the learner's handler answers one question. */
async function station(stage: Rehearsal): Promise<StationClient> {
  const handler = measure(mast);
  const counting: handleUnaryCall<MeasureRequest, Reading> = (call, callback) => {
    let callbacks = 0;
    return handler(call, (...reply) => {
      callbacks += 1;
      stage.fact("callbacks", callbacks);
      callback(...reply);
    });
  };
  stage.fact("callbacks", 0);
  const unused = () => {};
  await stage.serve({
    definition: StationService,
    implementation: { measure: counting, watch: unused, operate: unused },
  });
  return stage.station();
}

function ask(client: StationClient, instrument: Instrument): Promise<Reading> {
  return new Promise((resolve, reject) => {
    client.measure({ instrument }, (error: ServiceError | null, reading) => (error ? reject(error) : resolve(reading)));
  });
}

check("answers", async (stage) => {
  const client = await station(stage);
  const reading = await ask(client, Instrument.THERMOMETER);
  expect(reading.value, "the value that the caller got").to.equal(21.5);
  // A second reply, if there is one, has been made by now.
  await stage.fence();
  const [call] = stage.calls;
  expect(call?.events.filter(({ event }) => event.kind === "response" && event.side === "client")).to.have.length(1);
});

check("its-own", async (stage) => {
  const client = await station(stage);
  const asked = [Instrument.BAROMETER, Instrument.ANEMOMETER, Instrument.THERMOMETER];
  const readings = await Promise.all(asked.map((instrument) => ask(client, instrument)));
  for (const [index, instrument] of asked.entries()) {
    const answered = readings[index]?.instrument ?? Instrument.UNSPECIFIED;
    if (answered === instrument) continue;
    stage.fact("asked", names[instrument] ?? "nothing");
    stage.fact("answered", names[answered] ?? "nothing");
    throw new Error(`asked for the ${names[instrument]}, it answered with the ${names[answered]}`);
  }
});

mistake("answers-twice", ({ facts, calls }) => {
  if (Number(facts.callbacks) < 2) return false;
  const responses = calls.flatMap(({ events }) =>
    events.filter(({ event }) => event.kind === "response" && event.side === "client"),
  );
  return { got: responses.length === 0 ? "none of them" : String(responses.length) };
});
mistake("never-answers", ({ facts, silent }) => silent && facts.callbacks === 0 && {});
mistake("same-to-all", ({ facts }) => facts.asked !== undefined && {});
