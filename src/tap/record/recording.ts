import type { Direction, EventKind, Side, TapEvent } from "./event.js";
import { labelWidth } from "./label.js";
import { cut, printable } from "./printable.js";

/** What a tap knows of a call at its beginning. */
export interface CallStart {
  readonly callId: string;
  readonly side: Side;
  readonly path: string;
  readonly attempt?: number;
}

/** The part of an event that the tap provides. The recording adds the rest. */
export type EventDetail = Omit<Partial<TapEvent>, "callId" | "side" | "kind" | "path" | "atNs" | "attempt" | "index">;

/** One side of one call. A tap holds it for the length of the call, so no message needs a look-up. */
export interface CallLog {
  record(kind: EventKind, detail?: EventDetail): void;
}

export interface RecordingOptions {
  /** How many messages to keep at the beginning and at the end of each direction on each side; 10,000 by default. */
  readonly keep?: number;
  /** How many calls to keep; 1,000 by default. Later calls are only counted, in `skipped`. */
  readonly calls?: number;
  /** Monotonic nanoseconds; `process.hrtime.bigint` by default. */
  readonly now?: () => bigint;
}

/**
 * What the taps of one process have seen, in memory, in the order in which it happened. Bounded: a stream of millions
 * of messages keeps its first and last `keep`, and their `index` says how many lay between.
 */
export class Recording {
  /** How many calls came after the recording was full. */
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

  /** Begins one side of one call. Returns undefined if the recording is full. */
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

  /** The events so far, in the order in which they happened in this process. */
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
  // Except for messages and notes, everything happens at most once per side and call, and needs no bound.
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
