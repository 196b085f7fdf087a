import { type ServerWritableStream, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { first } = await mine<typeof import("./solution.js")>();

const wanted = 3;
/** How many readings the station sends if the client never cancels. It would continue, but then the result is clear. */
const most = 31;
const instrument = Instrument.THERMOMETER;

interface Station {
  /** How many readings it sends, unless the client cancels. */
  readonly readings: number;
  /** Whether it fails after that. */
  readonly breaks?: boolean;
}

/** Waits until everything that was sent has arrived and had its effect. The last round is for code that reacts late. */
async function allSeen(stage: Rehearsal): Promise<void> {
  for (let fence = 0; fence < 3; fence += 1) await stage.fence();
}

/**
 * A station that takes the next reading when everything it sent has arrived, and a cancel that it caused has come back.
 * After the last reading it is quiet, and keeps the call open.
 */
async function watched(stage: Rehearsal, { readings, breaks = false }: Station) {
  const left = gate();
  const wentOn = gate();
  await stage.serve({
    definition: StationService,
    implementation: {
      async watch(call: ServerWritableStream<WatchRequest, Reading>) {
        call.on("cancelled", () => {
          stage.fact("left", 1);
          left.open();
        });
        for (let sequence = 1; sequence <= readings && !call.cancelled; sequence += 1) {
          call.write({ station: "hill", sequence, instrument, value: 20 + sequence });
          stage.fact("sent", sequence);
          // The station has sent one more than was wanted, and no cancel came: none will come.
          if (sequence <= wanted + 1) await allSeen(stage);
        }
        await allSeen(stage);
        if (call.cancelled) return;
        if (breaks) call.emit("error", { code: status.UNAVAILABLE, details: "the mast has fallen" });
        else wentOn.open();
      },
    },
  });
  stage.fact("wanted", wanted);
  stage.fact("sent", 0);
  const client = stage.station();
  const close = client.close.bind(client);
  let isClosed = false;
  client.close = () => {
    isClosed = true;
    close();
  };
  const answer = first(client, wanted);
  answer.then(
    (taken) => stage.fact("taken", taken.length),
    (error: ServiceError) => stage.fact("failed", status[error.code] ?? error.message),
  );
  return { answer, left: left.opened, wentOn: wentOn.opened, isClosed: () => isClosed };
}

const sequences = (readings: readonly Reading[]) => readings.map(({ sequence }) => sequence);

check("takes", async (stage) => {
  const { answer } = await watched(stage, { readings: wanted });
  expect(sequences(await answer), "the readings").to.deep.equal([1, 2, 3]);
});

check("hangs-up", async (stage) => {
  const { answer, left, wentOn, isClosed } = await watched(stage, { readings: most });
  expect(sequences(await answer), "the readings").to.deep.equal([1, 2, 3]);
  if (isClosed()) {
    stage.fact("closedClient", 1);
    throw new Error("the client was closed");
  }
  await Promise.race([left, wentOn]);
  // Waits for the end of the call, and for the error that it may cause.
  await stage.fence();
  const { calls } = stage;
  if (!calls.some(({ events }) => events.some(({ event: { kind } }) => kind === "ended")))
    throw new Error(`the station has sent ${most} readings, and the call was not cancelled`);
});

check("still-fails", async (stage) => {
  const { answer } = await watched(stage, { readings: 2, breaks: true });
  const failure = await answer.then(
    () => undefined,
    (error: ServiceError) => error,
  );
  expect(failure && status[failure.code], "the code with which it failed").to.equal("UNAVAILABLE");
});

const isCancel = (error: unknown) => error instanceof Error && "code" in error && error.code === status.CANCELLED;
const isTold = ({ calls }: Evidence) =>
  calls.some(({ events }) => events.some(({ event: { kind, side } }) => kind === "ended" && side === "server"));

mistake("closes-the-client", ({ facts }) => facts.closedClient === 1 && {});
mistake("no-error-listener", ({ exceptions }) => exceptions.some(isCancel) && {});
mistake("its-own-error", ({ facts, rejections }) => (facts.failed === "CANCELLED" || rejections.some(isCancel)) && {});
mistake("waits-for-one-more", ({ facts, silent, check }) => check === "takes" && silent && facts.sent === wanted && {});
mistake(
  "error-swallowed",
  ({ facts, check, silent }) => check === "still-fails" && (facts.taken !== undefined || silent) && {},
);
mistake("goes-on", (evidence) => {
  const { sent, taken } = evidence.facts;
  return sent === most && taken !== undefined && !isTold(evidence) && {};
});
