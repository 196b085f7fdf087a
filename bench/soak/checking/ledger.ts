import { BrokenPromise } from "./broken-promise.js";

/** An event is forgotten this many events later. No member may ever be so far behind. */
const kept = 16_384;

/** A member has left a room. */
export interface Leaving {
  readonly name: string;
  /** QUIT, LOST or DROPPED. */
  readonly reason: string;
}

/**
 * The events in one life of a room, from the first report of each. All other members must have heard the same event
 * under the same number, and an acknowledged number must belong to its message.
 */
export class Ledger {
  readonly #room: string;
  readonly #digests = new Map<number, string>();
  /** Acknowledged messages whose numbers no member has heard yet. */
  readonly #claims = new Map<number, string>();
  /** The number of each session's newest message. */
  readonly #newestOf = new Map<string, number>();
  readonly #present = new Set<string>();
  #newest = 0;

  /** @param room for the messages about broken promises */
  constructor(room: string) {
    this.#room = room;
  }

  /** The events up to this number have been replayed in order. Reports of different members arrive unordered. */
  #read = 0;

  /** The highest number that a member has heard or been told. */
  get newest(): number {
    return this.#newest;
  }

  /** The first number that no member has heard, although a later one was heard or given; undefined if there is none. */
  get unheard(): number | undefined {
    return this.#read < this.#newest ? this.#read + 1 : undefined;
  }

  /** The members that have joined and not left. */
  get present(): ReadonlySet<string> {
    return this.#present;
  }

  /**
   * Records an event that a member has heard.
   *
   * @param left called once for each member that has left, in the order of the room
   * @throws BrokenPromise if the event contradicts another report or an earlier event
   */
  record(sequence: number, digest: string, left: (leaving: Leaving) => void = () => {}): void {
    const known = this.#digests.get(sequence);
    if (known !== undefined) {
      if (known !== digest) this.#broken(`event ${sequence} is '${known}' for one member and '${digest}' for another`);
      return;
    }
    if (sequence <= this.#read) this.#broken(`event ${sequence} comes ${this.#newest - sequence} events late`);
    const claim = this.#claims.get(sequence);
    if (claim !== undefined && claim !== digest) this.#contradicted(sequence, claim, digest);
    this.#claims.delete(sequence);
    this.#digests.set(sequence, digest);
    this.#newest = Math.max(this.#newest, sequence);
    for (;;) {
      const next = this.#digests.get(this.#read + 1);
      if (next === undefined) return;
      this.#read += 1;
      this.#digests.delete(this.#read - kept);
      this.#readOn(this.#read, next, left);
    }
  }

  /** The author of a message was told its number. @throws BrokenPromise if another event has the number */
  claim(sequence: number, digest: string): void {
    const known = this.#digests.get(sequence);
    if (known !== undefined && known !== digest) this.#contradicted(sequence, digest, known);
    if (known === undefined) this.#claims.set(sequence, digest);
    this.#newest = Math.max(this.#newest, sequence);
  }

  #readOn(sequence: number, digest: string, left: (leaving: Leaving) => void): void {
    const [kind, what = "", reason = ""] = digest.split(" ");
    if (kind === "said") {
      this.#said(sequence, what);
    } else if (kind === "joined") {
      if (this.#present.has(what)) this.#broken(`${what} has come in twice, the second time in event ${sequence}`);
      this.#present.add(what);
    } else if (kind === "left") {
      if (!this.#present.delete(what)) this.#broken(`${what} has left without being in, in event ${sequence}`);
      if (reason === "QUIT") this.#newestOf.delete(what);
      left({ name: what, reason });
    } else {
      this.#broken(`event ${sequence} is '${digest}'`);
    }
  }

  #said(sequence: number, id: string): void {
    const [name = "", text] = id.split("/");
    const number = Number(text);
    const newest = this.#newestOf.get(name) ?? 0;
    if (number === newest) this.#broken(`message ${id} has been delivered twice, the second time as event ${sequence}`);
    if (number < newest) this.#broken(`message ${id} has become event ${sequence}, after ${name}/${newest}`);
    this.#newestOf.set(name, number);
  }

  #contradicted(sequence: number, claim: string, digest: string): never {
    return this.#broken(`number ${sequence} was given to '${claim}', and is '${digest}'`);
  }

  #broken(what: string): never {
    throw new BrokenPromise(`${this.#room}: ${what}`);
  }
}
