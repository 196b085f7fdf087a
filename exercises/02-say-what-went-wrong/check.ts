import { type handleUnaryCall, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type MeasureRequest, type Reading, StationService } from "#gen/quartet/workshop/v1/workshop.js";
import { check, mine, mistake, type Rehearsal } from "#harness";

const { measure } = await mine<typeof import("./solution.js")>();

const secret = "mast 7, user root, password tango";

/** A mast whose barometer is broken, and which has no anemometer. */
async function mast(instrument: Instrument): Promise<Reading | undefined> {
  if (instrument === Instrument.BAROMETER) throw new Error(`cannot reach ${secret}`);
  if (instrument === Instrument.ANEMOMETER) return undefined;
  return { station: "hill", sequence: 1, instrument, value: 21.5 };
}

/** What a caller gets who asks for the instrument: the reading, or the error. */
async function ask(stage: Rehearsal, instrument: Instrument): Promise<Reading | ServiceError> {
  const unused = () => {};
  const handler: handleUnaryCall<MeasureRequest, Reading> = measure(mast);
  await stage.serve({
    definition: StationService,
    implementation: { measure: handler, watch: unused, operate: unused },
  });
  const client = stage.station();
  const answer = await new Promise<Reading | ServiceError>((resolve) => {
    client.measure({ instrument }, (error: ServiceError | null, reading) => resolve(error ?? reading));
  });
  if (answer instanceof Error) {
    stage.fact("got", status[answer.code]);
    stage.fact("details", answer.details);
  } else stage.fact("got", "OK");
  return answer;
}

/** Asks, and expects to be refused with a code. */
async function refused(stage: Rehearsal, instrument: Instrument, code: status): Promise<ServiceError> {
  stage.fact("wanted", status[code]);
  const answer = await ask(stage, instrument);
  if (!(answer instanceof Error) || answer.code !== code) throw new Error(`the caller did not get ${status[code]}`);
  return answer;
}

check("still-answers", async (stage) => {
  expect(await ask(stage, Instrument.THERMOMETER)).to.include({ value: 21.5 });
});

check("unnamed", async (stage) => {
  await refused(stage, Instrument.UNSPECIFIED, status.INVALID_ARGUMENT);
});

check("unknown", async (stage) => {
  await refused(stage, Instrument.ANEMOMETER, status.NOT_FOUND);
});

check("broken", async (stage) => {
  await refused(stage, Instrument.BAROMETER, status.UNAVAILABLE);
});

check("no-secrets", async (stage) => {
  const { details } = await refused(stage, Instrument.BAROMETER, status.UNAVAILABLE);
  if (details.includes("tango")) throw new Error("the password has left the station");
});

const leaks = (details: unknown) => String(details ?? "").includes("tango");

mistake("secret-leaks", ({ facts }) => leaks(facts.details) && {});
mistake("no-status-leaves", ({ rejections }) => rejections.length > 0 && {});
mistake(
  "answers-with-nothing",
  ({ facts }) =>
    facts.got === "INTERNAL" && /serializ/i.test(String(facts.details)) && facts.wanted === "NOT_FOUND" && {},
);
mistake(
  "wrong-code",
  ({ facts }) => facts.got !== undefined && facts.got !== facts.wanted && facts.wanted !== undefined && {},
);
