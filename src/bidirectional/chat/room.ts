import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { encoder, type Outgoing, StatusError, statusWithDetails } from "quartet-bridge";
import { Hub, type HubEntrance, type Membership, NotRemembered } from "quartet-bridge/hub";
import { Observable, type Subscriber } from "rxjs";
import {
  ChatService,
  type Cursor,
  type Enter,
  GoodbyeReason,
  type JoinResponse,
  LeftReason,
  type Limits,
  type RoomEvent,
  type Say,
} from "#gen/quartet/chat/v1/chat.js";
import type { Saying } from "./frames.js";
import { Receipts } from "./receipts.js";

/**
 * How many of its last events a room remembers: what a member can hear of the past. It is more than what waits for a
 * member that reads no more, in its outbox and on the way, so that one that was dropped for it has time to come back.
 */
export const historyKept = 4_096;
/** And how many bytes of them. */
const historyBytes = 8 * 1024 * 1024;
/** How many of them a member hears that does not say how many it wants. */
export const historyGiven = 20;

/** A frame for a member, with its bytes where it is for all members. */
type Heard = Outgoing<JoinResponse>;

interface Member extends Membership<JoinResponse> {
  readonly name: string;
  readonly sessionId: string;
}

/**
 * A room: its members, and a hub in which event n is message n. The hub gives each event to all members in one order,
 * serialised once, and remembers the last ones. A room lives from its first member to its last.
 */
export class Room {
  readonly #epoch = randomUUID();
  readonly #hub = new Hub<JoinResponse>({
    encode: encoder(ChatService.join),
    replay: historyKept,
    replayBytes: historyBytes,
    packing: { pack: inOneFrame },
  });
  readonly #receipts = new Receipts();
  /** Who is in, by name, in the order of coming in. */
  readonly #members = new Map<string, Member>();
  readonly #limits: Limits;
  readonly #emptied: () => void;

  /**
   * @param limits what members are told that they may
   * @param emptied called when the last member has left: the room's life is over
   */
  constructor(limits: Limits, emptied: () => void) {
    this.#limits = limits;
    this.#emptied = emptied;
  }

  /** How many are in. */
  get members(): number {
    return this.#members.size;
  }

  /**
   * A membership: to subscribe is to come in, to unsubscribe is to be cut off. It completes when the member says
   * `leave` (QUIT), and when `sayings` end without it (LOST); an error of `sayings` ends it with that error. Fails with
   * ALREADY_EXISTS, OUT_OF_RANGE and ABORTED, as the contract says.
   *
   * @param cut how the member has left that was cut off; undefined: nobody is told
   */
  join(enter: Enter, sayings: Observable<Saying>, cut: () => LeftReason | undefined): Observable<Heard> {
    return new Observable((ear) => {
      const member = this.#enter(enter, ear);
      // Runs after every ending; whoever has left already is not told twice, see #leave.
      ear.add(() => this.#leave(member, cut()));
      ear.add(
        sayings.subscribe({
          next: (saying) => (saying === "leave" ? this.#leave(member, LeftReason.QUIT) : this.#say(member, saying)),
          error: (error: unknown) => member.complete(error),
          // An end is not a word: a call that is cut can look half-closed (fact 2), and no waiting would make that
          // certain.
          complete: () => this.#leave(member, LeftReason.LOST),
        }),
      );
    });
  }

  #enter({ name, sessionId, resumeAfter, history = historyGiven }: Enter, ear: Subscriber<Heard>): Member {
    const old = this.#members.get(name);
    if (old && old.sessionId !== sessionId) {
      const details = "another session is in the room under this name: choose another name";
      throw new StatusError(status.ALREADY_EXISTS, details);
    }
    return this.#hub.batch(() => {
      // A session that replaces its own earlier call was never gone: no event.
      const comeIn = () => old ?? this.#tell({ $case: "joined", joined: { name } });
      const cursor = { epoch: this.#epoch, sequence: this.#hub.newest + (old ? 0 : 1) };
      const members = [...new Set(this.#members.keys()).add(name)];
      const first: JoinResponse = { frame: { $case: "welcome", welcome: { cursor, members, limits: this.#limits } } };
      // Its own coming in is the last of the past that is asked for. Who resumes is told of it as news: the position may
      // be refused, and then nobody has come in.
      if (!resumeAfter) comeIn();
      const membership = this.#seat(ear, { first, last: history }, resumeAfter);
      if (resumeAfter) comeIn();
      old?.send({ frame: { $case: "goodbye", goodbye: { reason: GoodbyeReason.REPLACED } } });
      old?.complete(new StatusError(status.ABORTED, "the same session has entered again, on another call"));
      const member = { name, sessionId, ...membership };
      this.#members.set(name, member);
      return member;
    });
  }

  #seat(ear: Subscriber<Heard>, entrance: HubEntrance<JoinResponse>, resumeAfter: Cursor | undefined) {
    const epochEnded = resumeAfter && resumeAfter.epoch !== this.#epoch;
    try {
      // A number of another epoch is none here.
      return this.#hub.enter(ear, { ...entrance, after: epochEnded ? Number.NaN : resumeAfter?.sequence });
    } catch (error) {
      if (!(error instanceof NotRemembered)) throw error;
      const remembered = { epoch: this.#epoch, oldest: String(error.oldest), newest: String(error.newest) };
      throw notRemembered(epochEnded ? "EPOCH_ENDED" : "POSITION_FORGOTTEN", remembered);
    }
  }

  #say(member: Member, { clientMessageId, text }: Say): void {
    const { name, sessionId } = member;
    if (this.#members.get(name) !== member) return;
    // In a batch the acknowledgement is right behind its event, and before what that makes others say: whoever has it
    // has heard all that came before its message.
    this.#hub.batch(() => {
      const known = this.#receipts.find(sessionId, clientMessageId);
      const sequence = known ?? this.#tell({ $case: "said", said: { name, text } });
      this.#receipts.remember(sessionId, clientMessageId, sequence);
      member.send({ frame: { $case: "acknowledgement", acknowledgement: { clientMessageId, sequence } } });
    });
  }

  #leave(member: Member, reason: LeftReason | undefined): void {
    const { name, sessionId } = member;
    // Gone already, or replaced by another call of the same session: every membership ends once.
    if (this.#members.get(name) !== member) return;
    this.#members.delete(name);
    this.#receipts.hasGone(sessionId);
    member.complete();
    if (reason !== undefined) this.#tell({ $case: "left", left: { name, reason } });
    if (this.#members.size === 0) this.#emptied();
  }

  /** Tells all members what happens, and returns its number. */
  #tell(what: NonNullable<RoomEvent["what"]>): number {
    const event = { sequence: this.#hub.newest + 1, occurredAt: new Date(), what };
    return this.#hub.publish({ frame: { $case: "events", events: { events: [event] } } });
  }
}

/** A batch, for which the contract has its list. What a room tells everybody are events, all of it. */
function inOneFrame(frames: readonly JoinResponse[]): JoinResponse {
  const events = frames.flatMap(({ frame }) => (frame?.$case === "events" ? frame.events.events : []));
  return { frame: { $case: "events", events: { events } } };
}

/** For a position that cannot be resumed from, with what is remembered: nothing, where there is no room. */
export function notRemembered(reason: "EPOCH_ENDED" | "POSITION_FORGOTTEN", metadata?: Record<string, string>) {
  const details = "this position is not remembered: enter without resume_after, and something may be missing";
  return statusWithDetails(status.OUT_OF_RANGE, details, { errorInfo: { reason, domain: "quartet", metadata } });
}
