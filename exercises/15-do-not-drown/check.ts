import type { ServerReadableStream, ServiceError, sendUnaryData } from "@grpc/grpc-js";
import { expect } from "chai";
import { ControlRoomService, Instrument, type Reading, type Summary } from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, type Gate, gate, mine, mistake, type Rehearsal } from "#harness";

const { report } = await mine<typeof import("./solution.js")>();

const usualDesks = 3;
const instrument = Instrument.THERMOMETER;
type Call = ServerReadableStream<Reading, Summary>;

/**
 * A control room, and a station that reports `sent` readings without waiting. A reading is filed when the check says
 * so.
 */
async function reported(stage: Rehearsal, sent: number, desks = usualDesks) {
  let running: Call | undefined;
  const inHand = new Map<number, Gate<void>>();
  let most = 0;
  let filed = 0;
  const answered = gate<Summary | ServiceError>();
  const handler = report(async ({ sequence }) => {
    const filing = gate();
    inHand.set(sequence, filing);
    most = Math.max(most, inHand.size);
    stage.fact("most", most);
    if (running?.listenerCount("data")) stage.fact("listens", 1);
    // Shows progress without drawing anything.
    stage.note(undefined, "");
    await filing.opened;
    inHand.delete(sequence);
    filed += 1;
    stage.fact("filed", filed);
    stage.note(running, `#${sequence} filed`);
  }, desks);
  /** After this many fences without progress there will be none. The number is high for code that waits on a timer. */
  const quietFences = () => (stage.leftovers.length === 0 ? 3 : 30);
  await stage.serve({
    definition: ControlRoomService,
    implementation: {
      report(call: Call, callback: sendUnaryData<Summary>) {
        running = call;
        return handler(call, callback);
      },
    },
  });
  stage.fact("desks", desks);
  stage.fact("sent", sent);
  stage.fact("filed", 0);
  const call = stage.room().report((error, summary) => {
    if (summary) {
      stage.fact("answer", summary.count);
      stage.fact("filedByThen", filed);
    }
    answered.open(error ?? summary ?? { count: 0 });
  });
  for (let sequence = 1; sequence <= sent; sequence += 1) {
    call.write({ station: "hill", sequence, instrument, value: 20 + sequence });
    // Otherwise the last of many would be long on its way on a slow machine, and the diagram would show that.
    if (sequence % 5 === 0) await stage.fence();
  }
  call.end();
  return {
    async answer(): Promise<Summary> {
      const answer = await answered.opened;
      if (answer instanceof Error) throw new Error(`the station was answered with ${answer.message}`);
      return answer;
    },
    most: () => most,
    inHand: () => [...inHand.keys()],
    file: (sequence: number) => inHand.get(sequence)?.open(),
    /** Waits until the control room takes no more readings. */
    async quiet(): Promise<void> {
      for (let quiet = 0; quiet < quietFences(); ) {
        const before = stage.happened;
        await stage.fence();
        quiet = running && stage.happened === before ? quiet + 1 : 0;
      }
      stage.fact("inHand", inHand.size);
    },
    /** Draws how many readings are in hand. */
    look: () => stage.note(running, `${inHand.size} in hand`),
    /** How many readings the program has taken from the stream without filing them. */
    hoarded(): number {
      const events = stage.calls.flatMap((call) => call.events);
      const read = events.filter(({ event }) => event.kind === "request" && event.side === "server").length;
      return read - (running?.readableLength ?? 0) - inHand.size - filed;
    },
  };
}

check("none", async (stage) => {
  const { answer } = await reported(stage, 0);
  expect(await answer(), "the answer").to.include({ count: 0 });
});

check("a-few", async (stage) => {
  const { most, quiet, look } = await reported(stage, 50);
  await quiet();
  look();
  expect(most(), "the readings in hand at once").to.be.at.most(usualDesks);
});

check("on-the-way", async (stage) => {
  const { quiet, look, hoarded } = await reported(stage, 30);
  await quiet();
  look();
  const elsewhere = hoarded();
  if (elsewhere <= usualDesks) return;
  stage.fact("hoarded", elsewhere);
  throw new Error(`${elsewhere} readings are neither in hand nor on their way`);
});

check("all-filed", async (stage) => {
  const { answer, quiet, inHand, file } = await reported(stage, 6);
  for (let filings = 0; filings < 6; filings += 1) {
    await quiet();
    const [next] = inHand();
    if (next !== undefined) file(next);
  }
  expect(await answer(), "the answer").to.deep.equal({ count: 6, lowest: 21, highest: 26 });
});

check("as-many-as-desks", async (stage) => {
  const few = usualDesks - 1;
  const { most, answer, quiet, inHand, file } = await reported(stage, 6, few);
  for (let filings = 0; filings < 6; filings += 1) {
    await quiet();
    for (const next of inHand()) file(next);
  }
  await answer();
  expect(most(), "the readings in hand at once").to.be.at.most(few);
});

check("no-idle-desk", async (stage) => {
  const { answer, quiet, look, inHand, file } = await reported(stage, 6);
  for (let filings = 0; filings < 5; filings += 1) {
    await quiet();
    const next = inHand().find((sequence) => sequence !== 1);
    if (next === undefined) {
      look();
      stage.fact("left", 5 - filings);
      throw new Error("reading 1 takes its time, and nothing else is in hand");
    }
    file(next);
  }
  await quiet();
  file(1);
  expect(await answer(), "the answer").to.include({ count: 6 });
});

/** Whether more readings were in hand than there were desks. */
const tooMany = ({ facts }: Evidence) => Number(facts.most) > Number(facts.desks);

mistake("fixed-number", (evidence) => evidence.check === "as-many-as-desks" && tooMany(evidence) && {});
mistake("drowns", (evidence) => {
  const { filedByThen, listens } = evidence.facts;
  return tooMany(evidence) && filedByThen === 0 && listens === 1 && {};
});
mistake("does-not-await", (evidence) => tooMany(evidence) && evidence.facts.filedByThen === 0 && {});
mistake("all-at-once", (evidence) => tooMany(evidence) && {});
mistake("hoards", ({ facts }) => facts.hoarded !== undefined && {});
mistake(
  "answers-early",
  ({ facts }) => facts.filedByThen !== undefined && Number(facts.filedByThen) < Number(facts.sent) && {},
);
mistake("idle-desks", ({ facts }) => facts.left !== undefined && { idle: usualDesks - 1 });
