import { status } from "@grpc/grpc-js";
import { encoder, type Outgoing, StatusError } from "quartet-bridge";
import { Hub, type Membership } from "quartet-bridge/hub";
import type { Subscriber } from "rxjs";
import {
  ChatService,
  type Enter,
  GoodbyeReason,
  type JoinResponse,
  type LeftReason,
  type Limits,
  type RoomEvent,
  type Say,
} from "#gen/quartet/chat/v1/chat.js";
import { acknowledgementFrame, eventsFrame, goodbyeFrame, packEvents, welcomeFrame } from "./frames.js";

/**
 * How many events a room remembers. It is more than what waits for a member that stopped reading, in its outbox and in
 * the buffers between. So a dropped member has time to come back.
 */
export const historyKept = 4_096;
const historyBytes = 8 * 1024 * 1024;
/** How many past events a member gets that does not say how many it wants. */
export const historyGiven = 20;

/** A member of a room. */
export interface Member {
  /**
   * Gives the message its place in the room's order, and acknowledges it. A message that is sent again keeps its place.
   */
  say(say: Say): void;
  /**
   * Ends the membership after what the member is due. The other members are told, unless `reason` is undefined. Only
   * the first end counts.
   */
  leave(reason: LeftReason | undefined): void;
  /** Ends the call of the member with an error, after what the member is due. */
  fail(error: unknown): void;
}

/** A session that is in the room, on its newest call. */
interface Presence extends Membership<JoinResponse> {
  readonly name: string;
  readonly sessionId: string;
}

/**
 * A room: its members, and a hub in which event n is message n. The hub serializes each event once, gives the events to
 * all members in one order, and remembers the last ones.
 */
export class Room {
  readonly #hub = new Hub<JoinResponse>({
    encode: encoder(ChatService.join),
    replay: historyKept,
    replayBytes: historyBytes,
    packing: { pack: packEvents },
  });
  readonly #receipts = new Receipts();
  /** By name, in the order in which they entered. */
  readonly #present = new Map<string, Presence>();
  readonly #limits: Limits;
  readonly #emptied: () => void;

  /**
   * @param limits what members are told that they may do
   * @param emptied called when the last member has left, which ends the room
   */
  constructor(limits: Limits, emptied: () => void) {
    this.#limits = limits;
    this.#emptied = emptied;
  }

  /** How many members there are. */
  get members(): number {
    return this.#present.size;
  }

  /**
   * Makes `subscriber` a member. Call {@link Member.leave} when `subscriber` is unsubscribed.
   *
   * @throws StatusError ALREADY_EXISTS or OUT_OF_RANGE, as the contract says
   */
  enter(
    { name, sessionId, resumeAfter, history = historyGiven }: Enter,
    subscriber: Subscriber<Outgoing<JoinResponse>>,
  ): Member {
    const replaced = this.#present.get(name);
    if (replaced && replaced.sessionId !== sessionId) {
      const details = "another session is in the room under this name: choose another name";
      throw new StatusError(status.ALREADY_EXISTS, details);
    }
    return this.#hub.batch(() => {
      // A session that replaces its own earlier call was never gone, so there is no event.
      const announce = () => replaced ?? this.#tell({ $case: "joined", joined: { name } });
      const cursor = { epoch: this.#hub.epoch, sequence: this.#hub.newest + (replaced ? 0 : 1) };
      const members = [...new Set(this.#present.keys()).add(name)];
      const first = welcomeFrame({ cursor, members, limits: this.#limits });
      // A new member gets its own `joined` as the last of the past events. A member that resumes gets it as a new
      // event, because the hub may refuse its position, and then no one has joined.
      if (!resumeAfter) announce();
      const membership = this.#hub.enter(subscriber, { first, last: history, after: resumeAfter });
      if (resumeAfter) announce();
      replaced?.send(goodbyeFrame(GoodbyeReason.REPLACED));
      replaced?.complete(new StatusError(status.ABORTED, "the same session has entered again, on another call"));
      const presence = { name, sessionId, ...membership };
      this.#present.set(name, presence);
      return {
        say: (say) => this.#say(presence, say),
        leave: (reason) => this.#leave(presence, reason),
        fail: (error) => presence.complete(error),
      };
    });
  }

  #say(speaker: Presence, { clientMessageId, text }: Say): void {
    const { name, sessionId } = speaker;
    if (this.#present.get(name) !== speaker) return;
    // In a batch the acknowledgement follows its event directly. So a member that has the acknowledgement has heard
    // everything before its own message.
    this.#hub.batch(() => {
      const known = this.#receipts.find(sessionId, clientMessageId);
      const sequence = known ?? this.#tell({ $case: "said", said: { name, text } });
      this.#receipts.remember(sessionId, clientMessageId, sequence);
      speaker.send(acknowledgementFrame(clientMessageId, sequence));
    });
  }

  #leave(leaver: Presence, reason: LeftReason | undefined): void {
    const { name, sessionId } = leaver;
    // It has left before, or another call of the same session has replaced it.
    if (this.#present.get(name) !== leaver) return;
    this.#present.delete(name);
    this.#receipts.hasGone(sessionId);
    leaver.complete();
    if (reason !== undefined) this.#tell({ $case: "left", left: { name, reason } });
    if (this.#present.size === 0) this.#emptied();
  }

  /** Tells all members what happens, and returns the number of the event. */
  #tell(what: NonNullable<RoomEvent["what"]>): number {
    return this.#hub.publish(eventsFrame([{ sequence: this.#hub.newest + 1, occurredAt: new Date(), what }]));
  }
}

/** How many of its last messages the room remembers for each session. */
const messagesKept = 64;
/** How many sessions are remembered after their member has gone. */
const goneKept = 64;

/** The sequence number of each of a session's last messages, by the client's id. */
type Numbers = Map<string, number>;

/**
 * The sequence numbers of each session's last messages. A client that lost its call before the acknowledgement sends
 * the message again on its next call. The room then acknowledges it again, and delivers it only once.
 */
class Receipts {
  readonly #present = new Map<string, Numbers>();
  readonly #gone = new Map<string, Numbers>();

  /** The number of the message; undefined if it is new, or forgotten. */
  find(sessionId: string, clientMessageId: string): number | undefined {
    return (this.#present.get(sessionId) ?? this.#gone.get(sessionId))?.get(clientMessageId);
  }

  remember(sessionId: string, clientMessageId: string, sequence: number): void {
    const numbers = this.#present.get(sessionId) ?? this.#gone.get(sessionId) ?? new Map<string, number>();
    this.#gone.delete(sessionId);
    this.#present.set(sessionId, numbers.set(clientMessageId, sequence));
    forgetOldest(numbers, messagesKept);
  }

  /** The session's member has gone. It may come back and send its unacknowledged messages again. */
  hasGone(sessionId: string): void {
    const numbers = this.#present.get(sessionId);
    if (numbers === undefined) return;
    this.#present.delete(sessionId);
    this.#gone.set(sessionId, numbers);
    forgetOldest(this.#gone, goneKept);
  }
}

/** A Map gives its keys in the order in which they were put in. */
function forgetOldest<Key>(map: Map<Key, unknown>, kept: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= kept) return;
    map.delete(oldest);
  }
}
