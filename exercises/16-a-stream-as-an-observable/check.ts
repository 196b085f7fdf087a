import { type ServerWritableStream, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { take, UnsubscriptionError } from "rxjs";
import {
  Instrument,
  type Reading,
  type StationClient,
  StationService,
  type WatchRequest,
} from "#gen/quartet/workshop/v1/workshop.js";
import { check, gate, mine, mistake, type Rehearsal } from "#harness";

const { watch$ } = await mine<typeof import("./solution.js")>();

type Watching = ServerWritableStream<WatchRequest, Reading>;

const instrument = Instrument.THERMOMETER;
const without = { instrument, count: 0, resumeAfter: 0 };
/** How many readings a station sends to a client that has left without a cancel, before the check gives up. */
const enough = 8;

function reading(sequence: number): Reading {
  return { station: "hill", sequence, instrument, value: 20 + sequence };
}

/** A station that answers like this, and a client. */
async function station(stage: Rehearsal, answer: (call: Watching) => unknown): Promise<StationClient> {
  await stage.serve({
    definition: StationService,
    implementation: { watch: answer },
  });
  return stage.station();
}

/** A station that sends the requested number of readings, and ends the call. */
function sendAll(call: Watching): void {
  for (let sequence = 1; sequence <= call.request.count; sequence += 1) call.write(reading(sequence));
  call.end();
}

/** Waits until everything that was sent has arrived, with its effects, on this machine and in this process. */
async function quiet(stage: Rehearsal): Promise<void> {
  for (let fences = 0; fences < 3; fences += 1) await stage.fence();
}

const counted = (calls: number) => (calls === 1 ? "1 call" : `${calls} calls`);

/** Records the stream objects of the client's calls: the check looks at what happened to them. */
function remembered(client: StationClient): { readonly destroyed: boolean }[] {
  const streams: { readonly destroyed: boolean }[] = [];
  const watch = client.watch.bind(client) as (...given: readonly unknown[]) => ReturnType<StationClient["watch"]>;
  client.watch = (...given: readonly unknown[]) => {
    const stream = watch(...given);
    streams.push(stream);
    return stream;
  };
  return streams;
}

check("every-reading", async (stage) => {
  const client = await station(stage, sendAll);
  const arrived: number[] = [];
  const over = gate();
  stage.fact("arrived", 0);
  watch$(client, { ...without, count: 3 }).subscribe({
    next({ sequence }) {
      arrived.push(sequence);
      stage.fact("arrived", arrived.length);
    },
    complete: over.open,
  });
  await over.opened;
  // By then the teardown, which the end causes, has run too.
  await quiet(stage);
  expect(arrived, "the readings that arrived").to.deep.equal([1, 2, 3]);
});

check("cold", async (stage) => {
  let watching: Watching | undefined;
  const client = await station(stage, (call: Watching) => {
    watching = call;
    sendAll(call);
  });
  const readings$ = watch$(client, { ...without, count: 2 });
  await quiet(stage);
  const { length } = stage.calls;
  if (length > 0) {
    stage.fact("before", counted(length));
    stage.note(watching, "no subscriber yet", "client");
    throw new Error("there is a call, and no subscriber");
  }
  const over = gate();
  readings$.subscribe({ complete: over.open });
  await over.opened;
});

check("each-its-own", async (stage) => {
  const client = await station(stage, sendAll);
  const readings$ = watch$(client, { ...without, count: 2 });
  const all = ["first", "second"].map(async (name) => {
    const arrived: number[] = [];
    const over = gate();
    readings$.subscribe({ next: ({ sequence }) => arrived.push(sequence), complete: over.open });
    await over.opened;
    return { name, arrived };
  });
  // By now all calls have been made: making a call does not wait for the network.
  await quiet(stage);
  stage.fact("subscribers", all.length);
  const { length } = stage.calls;
  stage.fact("calls", counted(length));
  if (length < all.length) stage.fact("shared", 1);
  if (length !== all.length) throw new Error(`${all.length} subscribed, and the station had ${counted(length)}`);
  for (const { name, arrived } of await Promise.all(all)) {
    expect(arrived, `what the ${name} subscriber got`).to.deep.equal([1, 2]);
  }
});

check("fails", async (stage) => {
  const client = await station(stage, async (call: Watching) => {
    call.write(reading(1));
    call.write(reading(2));
    // By now the readings have arrived, so no status can overtake them.
    await quiet(stage);
    call.emit("error", { code: status.UNAVAILABLE, details: "ice on the mast" });
  });
  const arrived: number[] = [];
  const told = gate<{ error: Partial<ServiceError> } | "complete">();
  watch$(client, without).subscribe({
    next({ sequence }) {
      arrived.push(sequence);
      stage.fact("arrived", arrived.length);
    },
    error: (error: Partial<ServiceError>) => told.open({ error }),
    complete: () => told.open("complete"),
  });
  const ending = await told.opened;
  if (ending === "complete") {
    stage.fact("told", "complete");
    throw new Error("the call failed, and the subscriber got `complete`");
  }
  expect(arrived, "the readings before the error").to.deep.equal([1, 2]);
  if (ending.error.code !== status.UNAVAILABLE)
    throw new Error("the call failed with UNAVAILABLE, and the error that the subscriber got does not say so");
});

check("leaves", async (stage) => {
  let watching: Watching | undefined;
  let heard = false;
  let left = false;
  const over = gate();
  const client = await station(stage, async (call: Watching) => {
    watching = call;
    call.on("cancelled", () => {
      heard = true;
    });
    for (let sequence = 1; sequence <= enough && !heard; sequence += 1) {
      call.write(reading(sequence));
      stage.fact("sent", sequence);
      await quiet(stage);
    }
    over.open();
  });
  const streams = remembered(client);
  watch$(client, without)
    .pipe(take(3))
    .subscribe({
      complete() {
        left = true;
        stage.note(watching, "took 3, and left", "client");
      },
    });
  await over.opened;
  stage.fact("destroyed", streams.some(({ destroyed }) => destroyed) ? 1 : 0);
  if (!left) throw new Error(`the station sent ${enough} readings, and take(3) did not get three`);
  if (!heard) {
    stage.fact("unheard", 1);
    throw new Error(`take(3) left, and the station sent ${enough} readings`);
  }
});

check("leaves-in-silence", async (stage) => {
  let watching: Watching | undefined;
  const heard = { yet: false };
  const arrived = gate();
  const client = await station(stage, (call: Watching) => {
    watching = call;
    call.on("cancelled", () => {
      heard.yet = true;
    });
    call.write(reading(1));
  });
  const subscription = watch$(client, without).subscribe({ next: () => arrived.open() });
  await arrived.opened;
  await quiet(stage);
  stage.note(watching, "left", "client");
  subscription.unsubscribe();
  await quiet(stage);
  if (heard.yet) return;
  watching?.write(reading(2));
  await quiet(stage);
  if (heard.yet) stage.fact("heardWith", 2);
  throw new Error("the subscriber left, nothing came, and the station got no cancel");
});

check("leaves-at-once", async (stage) => {
  const open = new Set<Watching>();
  const client = await station(stage, (call: Watching) => {
    open.add(call);
    call.on("cancelled", () => open.delete(call));
  });
  // Connect first: without a connection, a call that is cancelled is never sent.
  await stage.fence();
  watch$(client, without)
    .subscribe({ error: () => {} })
    .unsubscribe();
  await quiet(stage);
  if (open.size === 0) return;
  stage.fact("stillOpen", open.size);
  for (const call of open) stage.note(call, "still working");
  throw new Error("the subscriber left in the turn in which it came, and the station got no cancel");
});

const hasCode = (code: status) => (error: unknown) => (error as Partial<ServiceError> | undefined)?.code === code;

mistake("teardown-fails", ({ exceptions }) => {
  const failed = exceptions.find((error) => error instanceof UnsubscriptionError);
  return failed !== undefined && { reason: String(failed.errors[0]?.message) };
});
mistake(
  "never-completes",
  ({ check, facts, silent }) => check === "every-reading" && silent && facts.arrived === 3 && {},
);
mistake("eager-call", ({ facts }) => facts.before !== undefined && {});
mistake("shared-call", ({ facts }) => facts.shared === 1 && {});
mistake(
  "error-unheard",
  ({ check, exceptions, rejections }) =>
    check === "fails" && [...exceptions, ...rejections].some(hasCode(status.UNAVAILABLE)) && {},
);
mistake("error-is-an-end", ({ check, facts }) => check === "fails" && facts.told === "complete" && {});
mistake("cancel-unheard", ({ exceptions }) => exceptions.some(hasCode(status.CANCELLED)) && {});
mistake("destroyed", ({ facts }) => facts.unheard === 1 && facts.destroyed === 1 && {});
mistake("no-teardown", ({ facts }) => facts.unheard === 1 && {});
mistake("too-soon", ({ facts }) => facts.stillOpen !== undefined && {});
mistake("leaves-late", ({ facts }) => facts.heardWith !== undefined && {});
