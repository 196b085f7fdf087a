import { status } from "@grpc/grpc-js";
import type { Cursor } from "#gen/quartet/chat/v1/chat.js";
import type { Coming } from "../protocol.js";
import { BrokenPromise } from "./broken-promise.js";
import type { Ledger } from "./ledger.js";

/** A session through all its calls: where it is in its room, and how it may go. */
export class Hearing {
  readonly name: string;
  readonly room: string;
  /** How it was told to come in, and has not been answered yet. */
  coming: Coming | undefined;
  /** The life of the room that it is in, or was in last. */
  ledger: Ledger | undefined;
  /** It will not come again. */
  over = false;
  #epoch = "";
  /** The number of the last event that it has heard; undefined where the first one has yet to come. */
  #last: number | undefined;
  /** Between these the first event may be. */
  #earliest = 1;
  #latest = 1;
  readonly #mayEnd = new Set<status>();
  readonly #mayLeave = new Set<string>();

  constructor({ name, room }: Coming) {
    this.name = name;
    this.room = room;
  }

  /** Whether it is in, and nothing has been done to it. */
  get isToStay(): boolean {
    return this.ledger !== undefined && this.coming === undefined && this.#mayEnd.size === 0;
  }

  /** The position after which it can resume; undefined if it has never been in, or its position is forgotten. */
  get position(): Cursor | undefined {
    return this.#epoch === "" ? undefined : { epoch: this.#epoch, sequence: this.#last ?? this.#earliest - 1 };
  }

  /** How many events of its room it has not heard. */
  get lag(): number {
    return this.ledger === undefined ? 0 : this.ledger.newest - (this.#last ?? this.#latest - 1);
  }

  comes(coming: Coming): void {
    this.coming = coming;
    this.#mayEnd.clear();
    // A server is free to have forgotten a position: whether it has, is seen when it says so.
    if (coming.resumeAfter) this.#mayEnd.add(status.OUT_OF_RANGE);
  }

  /**
   * Its call may end with one of these, until it comes again; and the others may be told one of these reasons, for good:
   * they hear of it later, when it may be back.
   */
  mayGo(mayEnd: readonly status[], mayLeave: readonly string[]): void {
    for (const code of mayEnd) this.#mayEnd.add(code);
    for (const reason of mayLeave) this.#mayLeave.add(reason);
  }

  /** It was welcomed. @throws BrokenPromise */
  entered({ epoch, sequence }: Cursor, ledger: Ledger): void {
    const { coming, name, room } = this;
    if (coming === undefined) throw new BrokenPromise(`${name} was welcomed twice`);
    this.coming = undefined;
    this.ledger = ledger;
    this.#epoch = epoch;
    this.#mayEnd.delete(status.OUT_OF_RANGE);
    if (coming.resumeAfter) {
      if (coming.resumeAfter.epoch !== epoch) throw new BrokenPromise(`${name} has resumed in another life of ${room}`);
      this.#last = coming.resumeAfter.sequence;
    } else {
      this.#last = undefined;
      this.#earliest = Math.max(1, sequence - coming.history + 1);
      this.#latest = sequence + 1;
    }
  }

  /** It has heard an event. @throws BrokenPromise unless that is the next one */
  heard(sequence: number): void {
    const { name } = this;
    const [from, to] = this.#last === undefined ? [this.#earliest, this.#latest] : [this.#last + 1, this.#last + 1];
    if (sequence > to) throw new BrokenPromise(`${name} has missed event ${to}: it heard ${sequence} after ${to - 1}`);
    if (sequence < from) throw new BrokenPromise(`${name} has heard event ${sequence} again, after ${from - 1}`);
    this.#last = sequence;
  }

  /** Its position is forgotten: it can come in, and not resume. */
  forgetPosition(): void {
    this.#epoch = "";
  }

  /** @throws BrokenPromise if its call was not to end so */
  ended(code: status, details: string): void {
    if (this.#mayEnd.has(code)) return;
    const expected = allowed([...this.#mayEnd].map(nameOf));
    throw new BrokenPromise(`the call of ${this.name} has ended ${nameOf(code)}, '${details}': ${expected}`);
  }

  /** @throws BrokenPromise if the others were not to be told so */
  left(reason: string): void {
    if (this.#mayLeave.has(reason)) return;
    const expected = allowed([...this.#mayLeave]);
    throw new BrokenPromise(`the others were told that ${this.name} has left, ${reason}: ${expected}`);
  }
}

function allowed(what: readonly string[]): string {
  return what.length === 0 ? "it was to stay" : `it could only be ${what.join(" or ")}`;
}

function nameOf(code: status): string {
  return status[code] ?? String(code);
}
