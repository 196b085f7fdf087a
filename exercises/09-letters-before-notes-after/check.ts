import type { Metadata, ServerWritableStream, StatusObject } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, gate, mine, mistake, type Rehearsal } from "#harness";

const { watch } = await mine<typeof import("./solution.js")>();

const name = "hill";
const count = 3;
/** More than there are, so code that repeats the request's number instead of counting is wrong. */
const asked = 5;
const instrument = Instrument.THERMOMETER;
const [header, trailer] = ["station", "readings-sent"];
/** Each client sends its own name with the request. */
const agent = "user-agent";

/** The text of this key in the metadata, or undefined if there is none. */
function textOf(metadata: Metadata | undefined, key: string): string | undefined {
  const [value] = metadata?.get(key) ?? [];
  return value === undefined ? undefined : String(value);
}

/**
 * The learner's station, and a client that watches it. All sent messages have arrived before the next reading is taken.
 *
 * @param first what the first reading waits for
 */
async function watched(stage: Rehearsal, first: "nothing" | "the header" = "nothing") {
  let running: ServerWritableStream<WatchRequest, Reading> | undefined;
  const named = gate();
  async function* readings(): AsyncGenerator<Reading> {
    await stage.settled();
    if (first === "the header") await named.opened;
    for (let sequence = 1; sequence <= count; sequence += 1) {
      stage.fact("taken", sequence);
      stage.note(running, `reading ${sequence}`);
      yield { station: name, sequence, instrument, value: 20 + sequence };
      await stage.settled();
    }
  }
  const handler = watch(name, readings);
  await stage.serve({
    definition: StationService,
    implementation: {
      watch(call: ServerWritableStream<WatchRequest, Reading>) {
        running = call;
        return handler(observed(stage, call));
      },
    },
  });

  for (const fact of ["taken", "arrived"]) stage.fact(fact, 0);
  stage.fact("sent", count);
  const call = stage.station().watch({ instrument, count: asked, resumeAfter: 0 });
  const arrived: number[] = [];
  let known: string | undefined;
  let knownAt: number | undefined;
  let isEchoed = false;
  /** What the client sent with its request must not come back to it. */
  const lookForEcho = (metadata: Metadata) => {
    if (textOf(metadata, agent) === undefined) return;
    isEchoed = true;
    stage.fact("echoed", agent);
  };
  const ended = gate<StatusObject>();
  call.on("metadata", (headers: Metadata) => {
    known = textOf(headers, header);
    if (known !== undefined) {
      knownAt = arrived.length;
      named.open();
    }
    lookForEcho(headers);
    const tooEarly = textOf(headers, trailer);
    if (tooEarly !== undefined) stage.fact("early", tooEarly);
  });
  call.on("data", ({ sequence }: Reading) => {
    arrived.push(sequence);
    stage.fact("arrived", arrived.length);
  });
  call.on("error", () => {});
  call.on("status", (status: StatusObject) => {
    const said = textOf(status.metadata, trailer);
    if (said !== undefined) stage.fact("said", said);
    lookForEcho(status.metadata);
    const tooLate = textOf(status.metadata, header);
    if (tooLate !== undefined) stage.fact("late", tooLate);
    const inRequest = [header, trailer].filter((key) => textOf(running?.metadata, key) !== undefined);
    stage.fact("inRequest", inRequest.join(", "));
    stage.fact("ended", status.code);
    ended.open(status);
  });
  return {
    arrived,
    ended: ended.opened,
    named: named.opened,
    known: () => ({ name: known, at: knownAt }),
    echoed: () => isEchoed,
  };
}

/** Wraps the call, to record headers that are given to it after the headers have left. */
function observed(stage: Rehearsal, call: ServerWritableStream<WatchRequest, Reading>) {
  const sendMetadata = call.sendMetadata.bind(call);
  const write = call.write.bind(call) as (...all: unknown[]) => boolean;
  let written = 0;
  let headers = 0;
  return Object.assign(call, {
    write(...all: unknown[]): boolean {
      written += 1;
      return write(...all);
    },
    sendMetadata(metadata: Metadata): void {
      if (written > 0 || headers > 0) {
        stage.fact("lost", Object.keys(metadata.getMap()).join(", "));
        stage.fact("writtenBefore", written);
      }
      headers += 1;
      sendMetadata(metadata);
    },
  });
}

check("readings", async (stage) => {
  const { arrived, ended } = await watched(stage);
  const { code } = await ended;
  expect(code, "the status of the call").to.equal(0);
  expect(arrived, "the readings that arrived").to.deep.equal([1, 2, 3]);
});

check("header", async (stage) => {
  const { ended, known, echoed } = await watched(stage);
  await ended;
  expect(known(), "the name of the station, and after how many readings it was known").to.deep.equal({ name, at: 0 });
  if (echoed()) throw new Error("what the client sent with its request came back to it");
});

check("quiet", async (stage) => {
  const { ended, named } = await watched(stage, "the header");
  await named;
  await ended;
});

check("trailer", async (stage) => {
  const { ended, echoed } = await watched(stage);
  const { metadata } = await ended;
  expect(textOf(metadata, trailer), "the trailer `readings-sent`").to.equal(String(count));
  if (echoed()) throw new Error("what the client sent with its request came back to it");
});

/** The key that the check looks for, if this fact lists it. */
function missed({ check, facts }: Evidence, fact: string): { readonly key: string } | false {
  const key = check === "trailer" ? trailer : header;
  return (
    String(facts[fact] ?? "")
      .split(", ")
      .includes(key) && { key }
  );
}

mistake("headers-too-late", (evidence) => missed(evidence, "lost"));
mistake("trailer-too-early", ({ check, facts }) => check === "trailer" && facts.early !== undefined && {});
mistake("header-as-trailer", ({ check, facts }) => check === "header" && facts.late !== undefined && {});
mistake("sends-it-back", ({ check, facts }) => check !== "readings" && facts.echoed !== undefined && {});
mistake("into-the-request", (evidence) => missed(evidence, "inRequest"));
mistake("headers-wait", ({ check, facts, silent }) => silent && check === "quiet" && facts.taken === 0 && {});
mistake("no-header", ({ check, facts }) => check === "header" && facts.ended === 0 && {});
mistake("no-trailer", ({ check, facts }) => check === "trailer" && facts.ended === 0 && facts.said === undefined && {});
mistake("wrong-count", ({ check, facts }) => check === "trailer" && facts.said !== undefined && {});
mistake("never-ends", ({ facts, silent }) => silent && facts.arrived === count && facts.ended === undefined && {});
