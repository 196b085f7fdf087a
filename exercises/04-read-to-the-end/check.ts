import { type ServerWritableStream, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, mine, mistake, type Rehearsal } from "#harness";

const { readAll } = await mine<typeof import("./solution.js")>();

const count = 3;
const instrument = Instrument.THERMOMETER;

/** How the station ends the call: with OK after all readings, or with an error after some of them. */
type Ending = { readonly after: number; readonly error?: Partial<ServiceError> };

/** Has a call with such an ending read, and gives the readings. The client's lifeline shows how the promise settled. */
async function read(stage: Rehearsal, { after, error }: Ending): Promise<Reading[]> {
  let running: ServerWritableStream<WatchRequest, Reading> | undefined;
  await stage.serve({
    definition: StationService,
    implementation: {
      async watch(call: ServerWritableStream<WatchRequest, Reading>) {
        running = call;
        for (let sequence = 1; sequence <= after; sequence += 1) {
          call.write({ station: "hill", sequence, instrument, value: 20 + sequence });
          // A promise that resolves too early is seen: the next reading leaves when this one has had its effect.
          await stage.fence();
        }
        if (error) call.emit("error", error);
        else call.end();
      },
    },
  });
  stage.fact("count", count);
  const call = stage.station().watch({ instrument, count, resumeAfter: 0 });
  const reading = readAll(call);
  stage.fact("listeners", call.listenerCount("error"));
  try {
    const readings = await reading;
    stage.fact("resolved", readings.length);
    stage.fact("early", statusOf(stage) ? 0 : 1);
    stage.note(running, `resolved: ${readings.length} reading${readings.length === 1 ? "" : "s"}`, "client");
    return readings;
  } catch (rejection) {
    const code = codeOf(rejection);
    if (rejection instanceof Error) stage.fact("rejected", rejection.message);
    else stage.fact("kind", kindOf(rejection));
    stage.fact("rejectedCode", code ?? "none");
    stage.note(running, `rejected: ${code ?? "no code"}`, "client");
    throw rejection;
  }
}

/** The name of the status code that an error has, or undefined. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "number" ? status[code] : undefined;
}

/** What kind of value the promise was rejected with, if it is not an Error. */
function kindOf(rejection: unknown): string {
  if (rejection === undefined || rejection === null) return "nothing";
  if (typeof rejection === "string") return `the text "${rejection}"`;
  if (Array.isArray(rejection)) return "a list";
  return typeof rejection === "object" ? "an object" : `${rejection}`;
}

/** Has a failing call read, and expects the call's own error. */
async function failed(stage: Rehearsal, after: number, code: status, details: string): Promise<void> {
  const readings = await read(stage, { after, error: { code, details } }).catch((rejection: unknown) => {
    if (codeOf(rejection) === status[code]) return undefined;
    throw new Error(`the promise was rejected, but not with ${status[code]}`);
  });
  if (readings) throw new Error(`the promise resolved, and the call had ended ${status[code]}`);
}

check("all", async (stage) => {
  const readings = await read(stage, { after: count });
  expect(
    readings.map(({ sequence }) => sequence),
    "the readings that the promise resolved with",
  ).to.deep.equal([1, 2, 3]);
});

check("half-way", async (stage) => {
  await failed(stage, 2, status.UNAVAILABLE, "the thermometer has stopped");
});

check("refused", async (stage) => {
  await failed(stage, 0, status.NOT_FOUND, "the station has no thermometer");
});

/** The code with which the call ended at the client, and undefined while it has not ended. */
function statusOf({ calls: [call] }: Pick<Evidence, "calls">): string | undefined {
  const code = call?.events.find(({ event }) => event.kind === "status" && event.side === "client")?.event.code;
  return code === undefined ? undefined : status[code];
}

/** How many readings have arrived at the client. */
const arrivedIn = ({ calls: [call] }: Evidence) =>
  call?.events.filter(({ event }) => event.kind === "response" && event.side === "client").length ?? 0;

/** Whether the failure of the call was thrown because it had no listener. */
const failing = (evidence: Evidence) => evidence.exceptions.length > 0 && statusOf(evidence) !== "OK";

mistake("no-error-listener", (evidence) => {
  const code = statusOf(evidence);
  return failing(evidence) && evidence.facts.listeners === 0 && { code: code ?? "", arrived: arrivedIn(evidence) };
});
mistake("listener-throws", (evidence) => {
  const code = statusOf(evidence);
  return failing(evidence) && Number(evidence.facts.listeners) > 0 && { code: code ?? "" };
});
mistake("too-early", ({ facts }) => facts.early === 1 && {});
mistake("half-for-the-whole", (evidence) => {
  const code = statusOf(evidence);
  return evidence.facts.resolved !== undefined && code !== undefined && code !== "OK" && { code };
});
mistake("code-lost", (evidence) => {
  const { facts } = evidence;
  const code = statusOf(evidence);
  return facts.rejected !== undefined && facts.rejectedCode !== code && code !== "OK" && { code: code ?? "" };
});
mistake("no-error", (evidence) => {
  const code = statusOf(evidence);
  return evidence.facts.kind !== undefined && code !== undefined && code !== "OK" && { code };
});
mistake("never-settles", (evidence) => {
  const code = statusOf(evidence);
  return evidence.silent && code !== undefined && { code, arrived: arrivedIn(evidence) };
});
mistake(
  "does-not-read",
  (evidence) => evidence.silent && statusOf(evidence) === undefined && { arrived: arrivedIn(evidence) },
);
