import { type ClientReadableStream, type ServerReadableStream, type ServiceError, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  ControlRoomService,
  Instrument,
  type ListenRequest,
  type Reading,
  type Summary,
} from "#gen/quartet/workshop/v1/workshop.js";
import { check, type Evidence, type Gate, gate, mine, mistake, type Rehearsal } from "#harness";
import type { Listener } from "./solution.js";

const { ControlRoom } = await mine<typeof import("./solution.js")>();

const instrument = Instrument.THERMOMETER;
const bound = 20;
/** From this length on, Node's `write` returns false. grpc-js uses Node's default. */
const highWaterMark = 16;

/** A client that listens, and what it got. */
class ListeningClient {
  readonly got: number[] = [];
  readonly #call: ClientReadableStream<Reading>;
  readonly #told: Gate<string> = gate();
  #next: Gate<void> = gate();
  /** The name of the status of its call, or undefined if it has none yet. */
  told: string | undefined;

  constructor(call: ClientReadableStream<Reading>) {
    this.#call = call;
    // Readings with the number 0 only fill the buffers.
    call.on("data", ({ sequence }: Reading) => {
      if (sequence === 0) return;
      this.got.push(sequence);
      this.#next.open();
      this.#next = gate();
    });
    call.on("error", () => {});
    call.on("status", ({ code }) => {
      this.told = status[code];
      this.#told.open(status[code] ?? "");
    });
  }

  get end(): Promise<string> {
    return this.#told.opened;
  }

  /** Resolves when this reading has come, or the call is over. */
  async receives(sequence: number): Promise<void> {
    while (!this.got.includes(sequence) && this.told === undefined) {
      await Promise.race([this.#next.opened, this.#told.opened]);
    }
  }

  stopReading(): void {
    this.#call.pause();
  }

  readAgain(): void {
    this.#call.resume();
  }

  leave(): void {
    this.#call.cancel();
  }
}

/** The learner's control room on a server, and its listeners. */
async function opened(stage: Rehearsal) {
  const room = new ControlRoom(bound);
  const calls: Listener[] = [];
  const open = new Set<unknown>();
  let arrived: Gate<void> = gate();
  let isSlow = false;
  let peak = 0;
  let reported: Gate<void> = gate();
  await stage.serve({
    definition: ControlRoomService,
    implementation: {
      async listen(call: Listener) {
        calls.push(call);
        isOpen(call);
        if (isSlow) {
          await fill(call);
          watchOutbox(call);
        }
        room.listen(call);
        arrived.open();
      },
      // A report ends by itself: its readings are counted, and it gets an answer.
      report(call: ServerReadableStream<Reading, Summary>, callback: (error: null, summary: Summary) => void) {
        isOpen(call);
        let count = 0;
        call.on("data", () => {
          count += 1;
          reported.open();
        });
        call.on("end", () => callback(null, { count }));
        call.on("error", () => {});
      },
      inquire() {},
    },
  });

  function isOpen(call: { once(event: "cancelled", listener: () => void): unknown }): void {
    open.add(call);
    call.once("cancelled", () => open.delete(call));
  }

  /** Fills all buffers between server and client, so that the server's stream is full too. */
  async function fill(call: Listener): Promise<void> {
    const filler = (bytes: number): Reading => ({ station: "x".repeat(bytes), sequence: 0, instrument, value: 0 });
    // The client's stream takes this many messages, however small.
    for (let n = 0; n < highWaterMark; n += 1) call.write(filler(1));
    await stage.fence();
    do {
      // More than HTTP/2's window takes, so later messages wait in this stream.
      call.write(filler(256 * 1024));
      while (call.writableLength < highWaterMark) call.write(filler(1));
      await stage.fence();
      await stage.fence();
    } while (call.writableLength < highWaterMark);
  }

  /** Records how many messages waited at most, and whether one was written after the status. */
  function watchOutbox(call: Listener): void {
    const write = call.write.bind(call) as (...given: readonly unknown[]) => boolean;
    let isOver = false;
    call.on("error", () => {
      isOver = true;
    });
    call.write = (...given: readonly unknown[]) => {
      if (isOver) stage.fact("afterStatus", 1);
      const room = write(...given);
      peak = Math.max(peak, call.writableLength);
      return room;
    };
  }

  const readers = new Set<ListeningClient>();
  async function listens(slow: boolean): Promise<ListeningClient> {
    arrived = gate();
    isSlow = slow;
    const request: ListenRequest = {};
    const client = new ListeningClient(stage.room().listen(request));
    if (slow) client.stopReading();
    else readers.add(client);
    await arrived.opened;
    return client;
  }

  let sequence = 0;
  let leftOpen = 0;
  return {
    /** How many calls were open when `close` resolved. */
    leftOpen: () => leftOpen,
    /** The most messages that have waited in the outbox of a slow listener. */
    peak: () => peak,
    /** Whether the call of the first listener was destroyed. */
    isDestroyed: () => calls[0]?.destroyed === true,
    say: (text: string) => stage.note(calls[0], text, "client"),
    listener: () => listens(false),
    /** A listener that has stopped reading: messages written for it from now on stay in its outbox. */
    slowListener: () => listens(true),
    /** Reports this many readings. After each `burst` of them, waits until the reading listeners have them. */
    async publish(count: number, burst = 1): Promise<void> {
      stage.fact("planned", count);
      for (let n = 1; n <= count; n += 1) {
        sequence += 1;
        stage.fact("reporting", sequence);
        await room.publish({ station: "hill", sequence, instrument, value: 20 + sequence }).catch((error: unknown) => {
          stage.fact("thrown", error instanceof Error ? error.message : String(error));
          throw error;
        });
        stage.fact("reported", sequence);
        if (n % burst === 0) await Promise.all([...readers].map((client) => client.receives(sequence)));
      }
    },
    /** Closes the control room. Records which calls are still open when `close` resolves. */
    async close(grace: Promise<void>): Promise<"closed"> {
      await room.close(stage.server, grace);
      leftOpen = open.size;
      stage.fact("leftOpen", leftOpen);
      return "closed";
    },
    /** A station's report that has begun, and ends on `finish`. */
    async report() {
      reported = gate();
      const answered: Gate<string> = gate();
      const call = stage
        .room()
        .report((error: ServiceError | null) => answered.open(error ? status[error.code] : "OK"));
      const reading = (number: number): Reading => ({ station: "hill", sequence: number, instrument, value: 20 });
      call.write(reading(1));
      await reported.opened;
      const finish = () => {
        call.write(reading(2));
        call.end();
      };
      return { finish, answer: answered.opened };
    },
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/**
 * The result of `promise` if it settles within 50 turns of the event loop, and `otherwise` if not. There are no fences
 * when the server is down. But all sides are in this process, so each effect arrives within a few turns.
 */
async function soon<T, O>(stage: Rehearsal, promise: Promise<T>, otherwise: O): Promise<T | O> {
  let result: T | O = otherwise;
  let settled = false;
  promise.then((value) => {
    result = value;
    settled = true;
  });
  for (let turn = 0; turn < 50 && !settled; turn += 1) {
    // This note shows progress, so that the run does not count as silent.
    stage.note(undefined, "");
    await new Promise((resolve) => setImmediate(resolve));
  }
  return result;
}

check("everyone", async (stage) => {
  const { listener, publish } = await opened(stage);
  const a = await listener();
  const b = await listener();
  await publish(2);
  b.leave();
  await stage.settled();
  await publish(1);
  expect(a.got, "what listener A got").to.deep.equal([1, 2, 3]);
  expect(b.got, "what listener B got, which left").to.deep.equal([1, 2]);
});

check("no-waiting", async (stage) => {
  const { listener, slowListener, publish } = await opened(stage);
  const count = 4;
  const a = await listener();
  await slowListener();
  await publish(count);
  expect(a.got, "what listener A got").to.deep.equal(upTo(count));
});

check("catches-up", async (stage) => {
  const { listener, slowListener, publish, say } = await opened(stage);
  const count = 4;
  await listener();
  const b = await slowListener();
  await publish(count);
  say("B reads again");
  b.readAgain();
  await stage.settled();
  stage.fact("waited", count);
  stage.fact("caughtUp", b.got.length);
  stage.fact("bound", bound);
  if (b.told !== undefined) stage.fact("earlyEnd", b.told);
  say(`B has got ${b.got.length} of ${count}`);
  if (b.told !== undefined) say(`B: ${b.told}`);
  expect(b.got, "what listener B got").to.deep.equal(upTo(count));
  expect(b.told, "the status of listener B").to.equal(undefined);
});

check("bounded", async (stage) => {
  const { listener, slowListener, publish, peak, say } = await opened(stage);
  const count = 2 * bound;
  const a = await listener();
  const b = await slowListener();
  const c = await listener();
  await publish(count, 8);
  say("B reads again");
  b.readAgain();
  await stage.settled();
  stage.fact("bound", bound);
  stage.fact("tooMany", count);
  stage.fact("kept", b.got.length);
  stage.fact("told", b.told ?? "no status");
  say(`B: ${b.told ?? "no status"}`);
  stage.fact("missed", count - c.got.length);
  expect(a.got, "what listener A got").to.deep.equal(upTo(count));
  expect(b.told, "the status of listener B").to.equal("RESOURCE_EXHAUSTED");
  expect(c.got, "what listener C got").to.deep.equal(upTo(count));
  if (peak() <= bound) return;
  stage.fact("peak", peak());
  throw new Error(`${peak()} readings waited for listener B`);
});

check("closes", async (stage) => {
  const { close, leftOpen, listener, report, publish, isDestroyed, say } = await opened(stage);
  const a = await listener();
  const { finish, answer } = await report();
  await publish(1);
  say("the room closes");
  const closed = close(new Promise(() => {}));
  const told = await soon(stage, a.end, "no status");
  stage.fact("destroyed", isDestroyed() ? 1 : 0);
  finish();
  const answered = await soon(stage, answer, "no status");
  const after = await soon(stage, closed, "still closing");
  say(`report: ${answered}`);
  say(leftOpen() > 0 ? `${after}, ${leftOpen()} open` : after);
  stage.fact("closeTold", told);
  stage.fact("answer", answered);
  stage.fact("closed", after);
  expect(told, "the status of listener A").to.equal("UNAVAILABLE");
  expect(answered, "how the report ended").to.equal("OK");
  expect(after, "the room").to.equal("closed");
  expect(leftOpen(), "the calls that were open when `close` resolved").to.equal(0);
});

check("grace", async (stage) => {
  const { close, leftOpen, listener, slowListener, publish, say } = await opened(stage);
  const a = await listener();
  await slowListener();
  await publish(1);
  const grace = gate();
  say("the room closes");
  const closed = close(grace.opened);
  expect(await soon(stage, a.end, "no status"), "the status of listener A").to.equal("UNAVAILABLE");
  say("the grace is over");
  grace.open();
  const after = await soon(stage, closed, "still closing");
  say(leftOpen() > 0 ? `${after}, ${leftOpen()} open` : after);
  stage.fact("afterGrace", after);
  expect(after, "the control room after the grace").to.equal("closed");
  expect(leftOpen(), "the calls that were open when `close` resolved").to.equal(0);
});

/** How many readings have arrived at the first listener. */
const arrivedAtA = ({ calls: [call] }: Evidence) =>
  call?.events.filter(({ event }) => event.kind === "response" && event.side === "client").length ?? 0;

mistake("waits-for-the-slow", (evidence) => {
  const { reporting, reported = 0 } = evidence.facts;
  return evidence.silent && Number(reporting) > Number(reported) && { arrived: arrivedAtA(evidence) };
});
mistake("impatient", ({ facts }) => facts.earlyEnd !== undefined && {});
mistake("leaves-out", ({ facts }) => Number(facts.caughtUp) < Number(facts.waited) && {});
mistake("no-bound", ({ facts }) => facts.told === "no status" && facts.kept === facts.tooMany && {});
mistake("throws-at-the-station", ({ facts }) => facts.thrown !== undefined && {});
mistake("writes-after-the-status", ({ facts }) => facts.told === "no status" && facts.afterStatus === 1 && {});
mistake("falls-silent", ({ facts }) => facts.told === "no status" && {});
mistake("not-too-slow", ({ facts }) => facts.told !== undefined && facts.told !== "RESOURCE_EXHAUSTED" && {});
mistake("leaves-the-others-out", ({ facts }) => facts.told === "RESOURCE_EXHAUSTED" && Number(facts.missed) > 0 && {});
mistake("one-too-many", ({ facts }) => facts.peak !== undefined && {});
mistake("cuts-the-report", ({ facts }) => facts.answer !== undefined && facts.answer !== "OK" && {});
mistake("destroys-its-listeners", ({ facts }) => facts.closeTold === "no status" && facts.destroyed === 1 && {});
mistake("listeners-not-told", ({ facts }) => facts.closeTold === "no status" && {});
mistake("told-something-else", ({ facts }) => facts.closeTold !== undefined && facts.closeTold !== "UNAVAILABLE" && {});
mistake("closed-too-soon", ({ facts }) => Number(facts.leftOpen) > 0 && {});
mistake("sits-out-the-grace", ({ facts }) => facts.closed === "still closing" && {});
mistake("never-forces", ({ facts }) => facts.afterGrace === "still closing" && {});
