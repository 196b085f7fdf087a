import type { Direction, EventKind, Side, TapEvent } from "./event.js";
import { labelWidth } from "./label.js";
import { cut, printable } from "./printable.js";

/** What a tap knows of a call before anything has passed. */
export interface CallStart {
  readonly callId: string;
  readonly side: Side;
  readonly path: string;
  readonly attempt?: number;
}

/** What an event carries beyond its place: everything of TapEvent that the recording does not fill in itself. */
export type EventDetail = Omit<Partial<TapEvent>, "callId" | "side" | "kind" | "path" | "atNs" | "attempt" | "index">;

/** One side of one call, being written. Taps hold it for the length of the call, so a message costs no look-up. */
export interface CallLog {
  record(kind: EventKind, detail?: EventDetail): void;
}

export interface RecordingOptions {
  /** Messages kept at the beginning, and again at the end, of each direction on each side of a call. Default 10,000. */
  readonly keep?: number;
  /** Calls kept: later ones pass unrecorded and are counted in `skipped`. Default 1,000. */
  readonly calls?: number;
  /** Monotonic nanoseconds. Default `process.hrtime.bigint`; a test gives its own. */
  readonly now?: () => bigint;
}

/**
 * What the taps of one process have seen, in memory, in the order in which it happened. Bounded: a stream of millions
 * of messages keeps its first and last `keep`, and their `index` says how many lay between.
 */
export class Recording {
  /** Calls that came after `options.calls` others and are not in here. */
  skipped = 0;
  readonly #keep: number;
  readonly #calls: number;
  readonly #now: () => bigint;
  readonly #logs = new Map<string, BoundedLog[]>();
  #opened = 0;
  #sequence = 0;

  constructor(options: RecordingOptions = {}) {
    this.#keep = atLeastOne("keep", options.keep ?? 10_000);
    this.#calls = atLeastOne("calls", options.calls ?? 1_000);
    this.#now = options.now ?? process.hrtime.bigint;
  }

  /** Begins one side of one call. Undefined if the recording is full: the tap then stands aside. */
  open(start: CallStart): CallLog | undefined {
    if (this.#opened >= this.#calls) {
      this.skipped += 1;
      return undefined;
    }
    this.#opened += 1;
    const log = new BoundedLog(start, this.#keep, () => [this.#sequence++, this.#now()]);
    const key = keyOf(start.side, start.callId);
    this.#logs.set(key, [...(this.#logs.get(key) ?? []), log]);
    return log;
  }

  has(side: Side, callId: string): boolean {
    return this.#logs.has(keyOf(side, callId));
  }

  /**
   * Remembers a moment of the program on a lifeline, such as "reading 2 was made". Does nothing for a call that is not
   * in here, so that a program need not ask whether a tap is installed. `callIdOf(call.metadata)` gives a handler its
   * id.
   */
  note(side: Side, callId: string, label: string): void {
    this.#logs
      .get(keyOf(side, callId))
      ?.at(-1)
      ?.record("note", { label: cut(printable(label), labelWidth) });
  }

  /** A snapshot of the events kept, in the order in which they happened in this process. */
  get events(): TapEvent[] {
    const entries = [...this.#logs.values()].flat().flatMap((log) => log.entries());
    return entries.sort((a, b) => a.sequence - b.sequence).map((entry) => entry.event);
  }
}

interface Entry {
  readonly sequence: number;
  readonly event: TapEvent;
}

/** The first and the last `keep` entries of an endless sequence. */
class Lane {
  count = 0;
  readonly #keep: number;
  readonly #first: Entry[] = [];
  readonly #last: Entry[] = [];

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(entry: Entry): void {
    if (this.count < this.#keep) this.#first.push(entry);
    else this.#last[this.count % this.#keep] = entry;
    this.count += 1;
  }

  entries(): Entry[] {
    return [...this.#first, ...this.#last];
  }
}

class BoundedLog implements CallLog {
  readonly #start: CallStart;
  readonly #tick: () => [number, bigint];
  // Everything but messages and notes happens at most once on one side of a call: it needs no bound.
  readonly #milestones: Entry[] = [];
  readonly #lanes: Readonly<Record<Direction | "note", Lane>>;

  constructor(start: CallStart, keep: number, tick: () => [number, bigint]) {
    this.#start = start;
    this.#tick = tick;
    this.#lanes = { request: new Lane(keep), response: new Lane(keep), note: new Lane(keep) };
  }

  record(kind: EventKind, detail: EventDetail = {}): void {
    const [sequence, atNs] = this.#tick();
    const { callId, side, path, attempt } = this.#start;
    const place = { callId, side, kind, path, atNs, ...(attempt === undefined ? {} : { attempt }) };
    if (kind === "request" || kind === "response" || kind === "note") {
      const lane = this.#lanes[kind];
      lane.add({ sequence, event: { ...place, index: lane.count, ...detail } });
    } else {
      this.#milestones.push({ sequence, event: { ...place, ...detail } });
    }
  }

  entries(): Entry[] {
    return [...this.#milestones, ...Object.values(this.#lanes).flatMap((lane) => lane.entries())];
  }
}

function keyOf(side: Side, callId: string): string {
  return `${side} ${callId}`;
}

function atLeastOne(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number, 1 or more`);
  return value;
}
