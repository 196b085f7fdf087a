import { status } from "@grpc/grpc-js";
import type { Cursor } from "#gen/quartet/chat/v1/chat.js";
import type { Coming } from "../protocol.js";
import { BrokenPromise } from "./broken-promise.js";
import type { Ledger } from "./ledger.js";

/** A session through all its calls: its position in its room, and how it may end. */
export class Session {
  readonly name: string;
  readonly room: string;
  /** How it was told to join, until the server answers. */
  coming: Coming | undefined;
  /** The life of its room, or of its last room. */
  ledger: Ledger | undefined;
  /** It will not return. */
  over = false;
  #epoch = "";
  /** The number of the last event that it has heard; undefined before the first one. */
  #last: number | undefined;
  /** The first event must have a number in this range. */
  #earliest = 1;
  #latest = 1;
  readonly #mayEnd = new Set<status>();
  readonly #mayLeave = new Set<string>();

  constructor({ name, room }: Coming) {
    this.name = name;
    this.room = room;
  }

  /** Whether it has joined, and nothing may end its call. */
  get isToStay(): boolean {
    return this.ledger !== undefined && this.coming === undefined && this.#mayEnd.size === 0;
  }

  /** The position after which it can resume; undefined if it never joined, or if its position is forgotten. */
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
    // The server may have forgotten a position, and then says so.
    if (coming.resumeAfter) this.#mayEnd.add(status.OUT_OF_RANGE);
  }

  /**
   * Allows its call to end with these codes, until it returns, and its leaving to be told with these reasons. The
   * reasons stay allowed, because the others may hear of the leaving after it has returned.
   */
  mayGo(mayEnd: readonly status[], mayLeave: readonly string[]): void {
    for (const code of mayEnd) this.#mayEnd.add(code);
    for (const reason of mayLeave) this.#mayLeave.add(reason);
  }

  /** @throws BrokenPromise */
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

  /** @throws BrokenPromise unless the event is the next one */
  heard(sequence: number): void {
    const { name } = this;
    const [from, to] = this.#last === undefined ? [this.#earliest, this.#latest] : [this.#last + 1, this.#last + 1];
    if (sequence > to) throw new BrokenPromise(`${name} has missed event ${to}: it heard ${sequence} after ${to - 1}`);
    if (sequence < from) throw new BrokenPromise(`${name} has heard event ${sequence} again, after ${from - 1}`);
    this.#last = sequence;
  }

  /** The server has forgotten its position: it can join, and not resume. */
  forgetPosition(): void {
    this.#epoch = "";
  }

  /** @throws BrokenPromise if its call may not end with this code */
  ended(code: status, details: string): void {
    if (this.#mayEnd.has(code)) return;
    const expected = allowed([...this.#mayEnd].map(nameOf));
    throw new BrokenPromise(`the call of ${this.name} has ended ${nameOf(code)}, '${details}': ${expected}`);
  }

  /** @throws BrokenPromise if the others may not be told this reason */
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
