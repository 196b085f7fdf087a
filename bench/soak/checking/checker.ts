import { status } from "@grpc/grpc-js";
import type { Cursor } from "#gen/quartet/chat/v1/chat.js";
import { nothingYet, type Tally } from "../outcome.js";
import type { CallEnd, Coming, HeardEvent, Report } from "../protocol.js";
import { BrokenPromise } from "./broken-promise.js";
import { type Leaving, Ledger } from "./ledger.js";
import { Session } from "./session.js";

/**
 * Compares the members' reports with the chat's promises: each member hears every event of its room exactly once and in
 * order, all hear the same events, and acknowledged messages are among them. It throws a {@link BrokenPromise} at the
 * first report that does not fit. It uses no sockets and no clock.
 */
export class Checker {
  readonly tally: Tally = { ...nothingYet };
  readonly #told: (leaving: Leaving) => void;
  readonly #sessions = new Map<string, Session>();
  /** By room and epoch. */
  readonly #ledgers = new Map<string, Ledger>();

  /** @param told called once for each leaving, when the others have been told of it */
  constructor(told: (leaving: Leaving) => void = () => {}) {
    this.#told = told;
  }

  comes(coming: Coming): void {
    const session = this.#sessions.get(coming.name) ?? new Session(coming);
    this.#sessions.set(coming.name, session);
    session.comes(coming);
  }

  /** See {@link Session.mayGo}. */
  mayGo(name: string, mayEnd: readonly status[], mayLeave: readonly string[]): void {
    this.#session(name).mayGo(mayEnd, mayLeave);
  }

  /** The position after which the member can resume; undefined if there is none. */
  position(name: string): Cursor | undefined {
    return this.#sessions.get(name)?.position;
  }

  /** How many events of its room the member has not heard. */
  lag(name: string): number {
    return this.#session(name).lag;
  }

  /** Whether the others have heard that the member is in. */
  isPresent(name: string): boolean {
    return this.#session(name).ledger?.present.has(name) ?? false;
  }

  /** A number that was given to an event that no member has heard, in words; undefined if there is none. */
  get unheard(): string | undefined {
    for (const [key, { unheard }] of this.#ledgers) {
      if (unheard !== undefined) return `event ${unheard} of ${key}, which no member has heard`;
    }
    return undefined;
  }

  /** The session will not return. */
  forget(name: string): void {
    const session = this.#session(name);
    const { room, ledger } = session;
    const isAlone = ![...this.#sessions.values()].some((other) => other !== session && other.room === room);
    if (isAlone) {
      for (const [key, known] of this.#ledgers) if (known === ledger) this.#ledgers.delete(key);
    }
    // The others may not have heard yet how it left.
    if (!isAlone && ledger?.present.has(name)) session.over = true;
    else this.#sessions.delete(name);
  }

  /** @throws BrokenPromise */
  take(report: Report): void {
    const session = this.#session(report.name);
    switch (report.is) {
      case "entered":
        this.#entered(session, report.cursor);
        break;
      case "heard":
        for (const event of report.events) this.#heard(session, event);
        break;
      case "acknowledged":
        this.#acknowledged(session, report);
        break;
      case "ended":
        this.#ended(session, report);
        break;
    }
  }

  #entered(session: Session, cursor: Cursor): void {
    const key = `${session.room} ${cursor.epoch}`;
    const ledger = this.#ledgers.get(key) ?? new Ledger(session.room);
    this.#ledgers.set(key, ledger);
    if (session.coming?.resumeAfter) this.tally.resumed += 1;
    session.entered(cursor, ledger);
  }

  #heard(session: Session, [sequence, digest]: HeardEvent): void {
    const { name, ledger, coming } = session;
    if (ledger === undefined || coming)
      throw new BrokenPromise(`${name} has heard event ${sequence} before its welcome`);
    session.heard(sequence);
    this.tally.delivered += 1;
    ledger.record(sequence, digest, (leaving) => this.#left(leaving));
  }

  #left(leaving: Leaving): void {
    const session = this.#sessions.get(leaving.name);
    session?.left(leaving.reason);
    if (session?.over) this.#sessions.delete(leaving.name);
    this.#told(leaving);
  }

  #acknowledged(session: Session, { id, sequence, digest }: Extract<Report, { is: "acknowledged" }>): void {
    if (digest === undefined) throw new BrokenPromise(`message ${id} was acknowledged, and did not wait for it`);
    this.tally.accepted += 1;
    session.ledger?.claim(sequence, digest);
  }

  #ended(session: Session, end: CallEnd): void {
    const { name, coming } = session;
    const { code, details, unacknowledged } = end;
    session.ended(code, details);
    this.tally.unacknowledged += unacknowledged;
    if (code === status.OK && unacknowledged > 0)
      throw new BrokenPromise(`${name} has left, and ${unacknowledged} of its messages were not acknowledged`);
    if (code === status.OUT_OF_RANGE && coming?.resumeAfter) {
      this.#checkForgotten(session, coming.resumeAfter, end);
      this.tally.outOfRange += 1;
      session.forgetPosition();
    }
    session.coming = undefined;
  }

  /** The server must not refuse a position that it says it remembers. */
  #checkForgotten({ name, room }: Session, after: Cursor, { reason, remembered }: CallEnd): void {
    const refused = `${name} could not resume after ${after.sequence} (${reason})`;
    if (reason === "EPOCH_ENDED") {
      const living = [...this.#sessions.values()].find((other) => other.room === room && other.isToStay);
      if (living) throw new BrokenPromise(`${refused}, with ${living.name} in the room`);
      return;
    }
    const [oldest, newest] = [Number(remembered?.oldest), Number(remembered?.newest)];
    if (remembered?.epoch === after.epoch && after.sequence >= oldest - 1 && after.sequence <= newest)
      throw new BrokenPromise(`${refused}, though the server remembers ${oldest} to ${newest}`);
  }

  #session(name: string): Session {
    const session = this.#sessions.get(name);
    if (session === undefined) throw new Error(`no member ${name} was told to come`);
    return session;
  }
}
