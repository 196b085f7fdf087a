import { randomUUID } from "node:crypto";
import { Observable, queueScheduler, type Subscriber } from "rxjs";
import { type Cursor, LeftReason, type RoomEvent, type Say } from "#gen/quartet/chat/v1/chat.js";
import { Receipts } from "./receipts.js";

/** How many of its last events a room remembers: what a member can hear of the past. */
export const historyKept = 256;
/** How many of them a member hears that does not say how many it wants. */
export const historyGiven = 20;
/** How many events of the past go into one message: at the longest texts that is half a megabyte. */
const batchSize = 64;

/** Who comes in, and from where on it wants to hear. */
export interface Entrance {
  readonly name: string;
  readonly sessionId: string;
  readonly resumeAfter?: Cursor | undefined;
  readonly history?: number | undefined;
}

/** What a member says to its room. `leave` is its last word. */
export type Saying = Say | "leave";

/** What a member hears of its room. */
export type Heard =
  | { readonly kind: "entered"; readonly cursor: Cursor; readonly members: string[] }
  | { readonly kind: "events"; readonly events: RoomEvent[] }
  | { readonly kind: "acknowledged"; readonly clientMessageId: string; readonly sequence: number };

/** Another session is in the room under this name. */
export class NameTaken extends Error {}

/** The same session has entered again, and its old membership makes way. */
export class Replaced extends Error {}

/** A position that cannot be resumed from, and what the room remembers: nothing, where there is no room. */
export class NotRemembered extends Error {
  readonly reason: "EPOCH_ENDED" | "POSITION_FORGOTTEN";
  readonly remembered: { epoch: string; oldest: string; newest: string } | undefined;

  constructor(reason: NotRemembered["reason"], remembered?: NotRemembered["remembered"]) {
    super(reason);
    this.reason = reason;
    this.remembered = remembered;
  }
}

interface Member {
  readonly name: string;
  readonly sessionId: string;
  /** It hears the events after this number. */
  readonly after: number;
  readonly ear: Subscriber<Heard>;
}

/**
 * A room: its members, the numbering of what happens in it, and its last events. It lives from its first member to its
 * last.
 */
export class Room {
  readonly #epoch = randomUUID();
  #sequence = 0;
  readonly #history: RoomEvent[] = [];
  readonly #receipts = new Receipts();
  /** Who is in, by name, in the order of coming in. Changes when somebody comes or goes. */
  readonly #members = new Map<string, Member>();
  /** Who is told. Changes in turn with what is told: whoever goes hears what happened before that. */
  readonly #listening = new Set<Member>();
  readonly #emptied: () => void;

  /** @param emptied called when the last member has left: the room's life is over */
  constructor(emptied: () => void) {
    this.#emptied = emptied;
  }

  /**
   * A membership: to subscribe is to come in, to unsubscribe is to be cut off. It completes when the member says
   * `leave` (QUIT), and when `sayings` end without it (LOST); an error of `sayings` ends it with that error. Fails with
   * {@link NameTaken}, {@link NotRemembered}, {@link Replaced}.
   *
   * @param cut how the member has left that was cut off; undefined: nobody is told
   */
  join(entrance: Entrance, sayings: Observable<Saying>, cut: () => LeftReason | undefined): Observable<Heard> {
    return new Observable((ear) => {
      const member = this.#enter(entrance, ear);
      // Runs after every ending; whoever has left already is not told twice, see #leave.
      ear.add(() => this.#leave(member, cut()));
      ear.add(
        sayings.subscribe({
          next: (saying) => (saying === "leave" ? this.#leave(member, LeftReason.QUIT) : this.#say(member, saying)),
          error: (error: unknown) => ear.error(error),
          // An end is not a word: a call that is cut can look half-closed (fact 2), and no waiting would make that
          // certain.
          complete: () => this.#leave(member, LeftReason.LOST),
        }),
      );
    });
  }

  #enter({ name, sessionId, resumeAfter, history = historyGiven }: Entrance, ear: Subscriber<Heard>): Member {
    const old = this.#members.get(name);
    if (old && old.sessionId !== sessionId) throw new NameTaken();
    if (resumeAfter) this.#checkRemembered(resumeAfter);
    // A session that replaces its own earlier call was never gone: no event.
    const joined = old ? undefined : this.#number({ $case: "joined", joined: { name } });

    const member: Member = { name, sessionId, after: this.#sequence, ear };
    this.#members.set(name, member);
    const cursor = { epoch: this.#epoch, sequence: this.#sequence };
    const members = [...this.#members.keys()];
    const from = resumeAfter ? resumeAfter.sequence : this.#sequence - history;
    const past = this.#history.filter(({ sequence }) => sequence > from);
    inTurn(() => {
      if (old) this.#listening.delete(old);
      old?.ear.error(new Replaced());
      ear.next({ kind: "entered", cursor, members });
      for (let at = 0; at < past.length; at += batchSize) {
        ear.next({ kind: "events", events: past.slice(at, at + batchSize) });
      }
      this.#listening.add(member);
      if (joined) this.#tell(joined);
    });
    return member;
  }

  #say(member: Member, { clientMessageId, text }: Say): void {
    if (this.#members.get(member.name) !== member) return;
    const known = this.#receipts.find(member.sessionId, clientMessageId);
    const said = known === undefined ? this.#number({ $case: "said", said: { name: member.name, text } }) : undefined;
    const sequence = known ?? this.#sequence;
    this.#receipts.remember(member.sessionId, clientMessageId, sequence);
    inTurn(() => {
      if (said) this.#tell(said);
      // After the event: whoever has the acknowledgement has heard all that came before its message.
      member.ear.next({ kind: "acknowledged", clientMessageId, sequence });
    });
  }

  #leave(member: Member, reason: LeftReason | undefined): void {
    // Gone already, or replaced by another call of the same session: every membership ends once.
    if (this.#members.get(member.name) !== member) return;
    this.#members.delete(member.name);
    const left =
      reason === undefined ? undefined : this.#number({ $case: "left", left: { name: member.name, reason } });
    inTurn(() => {
      this.#listening.delete(member);
      if (left) this.#tell(left);
      member.ear.complete();
    });
    if (this.#members.size === 0) this.#emptied();
  }

  #number(what: NonNullable<RoomEvent["what"]>): RoomEvent {
    this.#sequence += 1;
    const event = { sequence: this.#sequence, occurredAt: new Date(), what };
    this.#history.push(event);
    if (this.#history.length > historyKept) this.#history.shift();
    return event;
  }

  #tell(event: RoomEvent): void {
    const heard: Heard = { kind: "events", events: [event] };
    for (const { after, ear } of this.#listening) if (event.sequence > after) ear.next(heard);
  }

  #checkRemembered({ epoch, sequence }: Cursor): void {
    const oldest = this.#history[0]?.sequence ?? 1;
    const remembered = { epoch: this.#epoch, oldest: String(oldest), newest: String(this.#sequence) };
    if (epoch !== this.#epoch) throw new NotRemembered("EPOCH_ENDED", remembered);
    if (sequence < oldest - 1 || sequence > this.#sequence) throw new NotRemembered("POSITION_FORGOTTEN", remembered);
  }
}

/**
 * Tells now, or, if somebody is being told something at this moment, right after that. To tell a member can make
 * another thing happen at once: one that reads too slowly is dropped, and its leaving is an event. Told from inside, it
 * would reach the members at the end of the round before the event that is on its way to them, and no two of them would
 * share one order.
 */
function inTurn(tell: () => void): void {
  queueScheduler.schedule(tell);
}
