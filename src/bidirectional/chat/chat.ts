import { status } from "@grpc/grpc-js";
import {
  aborted,
  type BridgedService,
  buffered,
  type CallContext,
  failWhenFull,
  type Incoming,
  implement,
  type Outgoing,
  StatusError,
  statusWithDetails,
} from "quartet-bridge";
import { concat, Observable, Subject, share } from "rxjs";
import {
  ChatService,
  GoodbyeReason,
  type JoinRequest,
  type JoinResponse,
  LeftReason,
} from "#gen/quartet/chat/v1/chat.js";
import { firstMustEnter, goodbyeFrame, maxTextCharacters, readEnter, readSayOrLeave } from "./frames.js";
import type { Member } from "./room.js";
import { Rooms } from "./rooms.js";

/** The most rooms in a list. */
const mostListed = 100;

/** A member that was silent may say as much at once as it may say in this many seconds. */
const burstSeconds = 5;

/**
 * The chat. What a member says goes to its room, and what the room tells goes to the member. Neither direction waits
 * for the other.
 *
 * @param draining aborts when the server begins to stop; each member then gets `goodbye`, and its call ends UNAVAILABLE
 * @param options.outbox the policy for frames that a member has not taken yet. No frame may be missing, so a member
 *   that is too slow is dropped; it may enter again and resume. A room may hand over 1,024 frames in one turn.
 * @param options.maxMessagesPerSecond how fast a member may talk; 0 for no limit
 */
export function chat(
  draining: AbortSignal,
  { outbox = failWhenFull<JoinResponse>({ messages: 1024 }), maxMessagesPerSecond = 20 } = {},
): BridgedService {
  const rooms = new Rooms({ maxTextCharacters, maxMessagesPerSecond });
  // Shared, so that the signal has one listener for all members.
  const stopping = aborted(draining).pipe(share());

  return implement(ChatService, {
    join: (requests, call) => buffered(membership(requests, call), outbox),
    listRooms: () => ({ rooms: rooms.summaries(mostListed) }),
  });

  /** One call: the frames for the member. The frames of the member are handled in the turn in which they come. */
  function membership(requests: Incoming<JoinRequest>, call: CallContext): Observable<Outgoing<JoinResponse>> {
    return new Observable((responses) => {
      const rate = new Rate(maxMessagesPerSecond, burstSeconds);
      const halfClose = new Subject<never>();
      let member: Member | undefined;
      let speaks = true;

      responses.add(stopping.subscribe(stop));
      if (responses.closed) return;
      responses.add(requests.observe().subscribe({ next: take, error: fail, complete: hasHalfClosed }));

      function take(frame: JoinRequest): void {
        if (!speaks) return;
        try {
          if (member === undefined) enter(frame);
          else receive(frame, member);
        } catch (error) {
          fail(error);
        }
      }

      function enter(frame: JoinRequest): void {
        const heard = new Observable<Outgoing<JoinResponse>>((subscriber) => {
          const entered = rooms.enter(readEnter(frame), subscriber);
          member = entered;
          return () => entered.leave(whyCut());
        });
        // A member that has left hears nothing more. Its call still ends with its half-close.
        concat(heard, halfClose).subscribe(responses);
      }

      function receive(frame: JoinRequest, speaker: Member): void {
        const saying = readSayOrLeave(frame);
        if (saying === "leave") {
          speaks = false;
          speaker.leave(LeftReason.QUIT);
        } else if (maxMessagesPerSecond === 0 || rate.take()) {
          speaker.say(saying);
        } else {
          throw tooFast(maxMessagesPerSecond);
        }
      }

      /** The member breaks a rule, or its call is cut. */
      function fail(error: unknown): void {
        speaks = false;
        if (member) member.fail(error);
        else responses.error(error);
      }

      /** A half-close is not `leave`: a call that is cut can look half-closed (fact 2). */
      function hasHalfClosed(): void {
        halfClose.complete();
        if (!speaks) return;
        if (member) member.leave(LeftReason.LOST);
        else responses.error(firstMustEnter());
      }

      /** `goodbye` is a message, because a status overtakes messages that the client has not read yet (fact 3). */
      function stop(): void {
        if (member) responses.next(goodbyeFrame(GoodbyeReason.STOPPING));
        responses.error(new StatusError(status.UNAVAILABLE, "the server is stopping: connect again, and resume"));
      }

      /** Undefined while the server stops: each of n members would get n events, when the server has no time. */
      function whyCut(): LeftReason | undefined {
        if (draining.aborted) return undefined;
        return call.signal.aborted ? LeftReason.LOST : LeftReason.DROPPED;
      }
    });
  }
}

function tooFast(perSecond: number): StatusError {
  const details = `you may say at most ${perSecond} messages per second: enter again, and resume`;
  return statusWithDetails(status.RESOURCE_EXHAUSTED, details, {
    errorInfo: { reason: "TOO_MANY_MESSAGES", domain: "quartet" },
  });
}

/** A token bucket: how often something may happen. */
export class Rate {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /**
   * @param seconds for how long unused tokens are saved
   * @param now a clock in milliseconds
   */
  constructor(perSecond: number, seconds: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#most = perSecond * seconds;
    this.#now = now;
    this.#left = this.#most;
    this.#at = now();
  }

  /** Takes a token. Returns false if there is none. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
