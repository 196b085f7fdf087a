import { type ClientReadableStream, type ServerReadableStream, type ServiceError, status } from "@grpc/grpc-js";
import {
  ControlRoomService,
  Instrument,
  type ListenRequest,
  type Reading,
  type Summary,
} from "#gen/quartet/workshop/v1/workshop.js";
import { type Gate, gate, mine, type Rehearsal } from "#harness";
import type { Listener } from "./solution.js";

const { ControlRoom } = await mine<typeof import("./solution.js")>();

const instrument = Instrument.THERMOMETER;
/** How many readings may wait for one listener. */
export const bound = 20;
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
export async function opened(stage: Rehearsal) {
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
