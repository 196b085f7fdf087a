import { type handleUnaryCall, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type MeasureRequest, type Reading, StationService } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Facts, mine, mistake, type Rehearsal } from "#harness";

const { measure } = await mine<typeof import("./solution.js")>();

const secret = "mast 7, user root, password tango";

/** A mast with a broken barometer and no anemometer. */
async function mast(instrument: Instrument): Promise<Reading | undefined> {
  if (instrument === Instrument.BAROMETER) throw new Error(`cannot reach ${secret}`);
  if (instrument === Instrument.ANEMOMETER) return undefined;
  return { station: "hill", sequence: 1, instrument, value: 21.5 };
}

/**
 * Asks for the instrument: gives the reading or the error. Throws if the handler answers again, or throws, afterwards.
 */
async function ask(stage: Rehearsal, instrument: Instrument): Promise<Reading | ServiceError> {
  const handler = measure(mast);
  let callbacks = 0;
  let failed = false;
  const counting: handleUnaryCall<MeasureRequest, Reading> = async (call, callback) => {
    try {
      await handler(call, (...reply) => {
        callbacks += 1;
        stage.fact("callbacks", callbacks);
        callback(...reply);
      });
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  await stage.serve({
    definition: StationService,
    implementation: { measure: counting },
  });
  const client = stage.station();
  const answer = await new Promise<Reading | ServiceError>((resolve) => {
    client.measure({ instrument }, (error: ServiceError | null, reading) => resolve(error ?? reading));
  });
  if (answer instanceof Error) {
    stage.fact("got", status[answer.code]);
    stage.fact("details", answer.details);
  } else stage.fact("got", "OK");
  // By now the handler has finished whatever it does after its answer.
  await stage.fence();
  if (callbacks > 1 || failed) throw new Error("the handler did not end with its answer");
  return answer;
}

/** Asks, and expects a refusal with this code. */
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

/** The text of a thrown value: it may be a refusal, which is not an Error. */
function thrown(what: unknown): Facts {
  const { message, details } = Object(what) as Partial<ServiceError>;
  return { thrown: message ?? details ?? String(what) };
}

const leaks = (details: unknown) => String(details ?? "").includes("tango");

mistake("secret-leaks", ({ facts }) => leaks(facts.details) && {});
mistake(
  "no-status-leaves",
  ({ facts, rejections: [first] }) => first !== undefined && !facts.callbacks && thrown(first),
);
mistake("answers-twice", ({ facts }) => Number(facts.callbacks) > 1 && {});
mistake("throws-after-all", ({ rejections: [first] }) => first !== undefined && thrown(first));
mistake("never-answers", ({ facts, silent }) => silent && !facts.callbacks && {});
mistake(
  "answers-with-nothing",
  ({ facts }) =>
    facts.got === "INTERNAL" && /serializ/i.test(String(facts.details)) && facts.wanted === "NOT_FOUND" && {},
);
mistake(
  "wrong-code",
  ({ facts }) => facts.got !== undefined && facts.got !== facts.wanted && facts.wanted !== undefined && {},
);
