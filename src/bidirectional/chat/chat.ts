import { status } from "@grpc/grpc-js";
import { aborted, type BridgedService, buffered, failWhenFull, implement, StatusError } from "quartet-bridge";
import {
  concat,
  concatWith,
  connect,
  defer,
  EMPTY,
  ignoreElements,
  map,
  of,
  share,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  throwIfEmpty,
} from "rxjs";
import { ChatService, GoodbyeReason, type JoinResponse, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { entrance, firstMustEnter, maxTextCharacters, saying, tooFast } from "./frames.js";
import { Rate } from "./rate.js";
import { Rooms } from "./rooms.js";

/** How many rooms a list has at most. */
const mostListed = 100;

/**
 * The chat: what a member says goes into its room, what the room tells goes to the member, and neither waits for the
 * other.
 *
 * @param draining aborts when the server is about to stop: every member is told, and its call ends UNAVAILABLE
 * @param options.outbox for what a member has not taken yet. Nothing of it may be missing, so that a member that is too slow is
 * dropped; it may come back and resume. It has to hold what a room gives at once, which is up to 1,024 frames.
 * @param options.maxMessagesPerSecond what a member may say, over some seconds; 0: as much as it likes
 */
export function chat(
  draining: AbortSignal,
  { outbox = failWhenFull<JoinResponse>({ messages: 1024 }), maxMessagesPerSecond = 20 } = {},
): BridgedService {
  const rooms = new Rooms({ maxTextCharacters, maxMessagesPerSecond });
  // Shared: one listener on the signal however many members there are, and none when there are none.
  const stopping = aborted(draining).pipe(share());
  const unavailable = () => new StatusError(status.UNAVAILABLE, "the server is stopping: connect again, and resume");
  // The word comes before the status and in-band: a status overtakes messages that the client has not read yet (fact 3).
  const goodbye: JoinResponse = { frame: { $case: "goodbye", goodbye: { reason: GoodbyeReason.STOPPING } } };

  return implement(ChatService, {
    join(requests, call) {
      // Why a member was cut off: by its own end of the call, or by ours. While the server stops everybody goes, and
      // nobody is told: with n members that would be n * n messages, at the worst moment.
      const cut = () => (draining.aborted ? undefined : call.signal.aborted ? LeftReason.LOST : LeftReason.DROPPED);

      // `connect`, because the frames are used twice, the first one and the others, and can be subscribed once.
      const heard = requests.observe().pipe(
        connect((frames) =>
          frames.pipe(
            take(1),
            map(entrance),
            // What a member says is handled in the turn in which it comes (`map`, no `concatMap`): there is no queue on
            // this side.
            switchMap((enter) =>
              rooms.join(enter, frames.pipe(map(saying), tap(mustBeSlowEnough(maxMessagesPerSecond))), cut),
            ),
            // Who has said `leave` hears nothing more and is not heard. What is left of the call is its half-close.
            concatWith(frames.pipe(ignoreElements())),
            takeUntil(stopping),
            throwIfEmpty(() => (draining.aborted ? unavailable() : firstMustEnter())),
            concatWith(defer(() => (draining.aborted ? concat(of(goodbye), throwError(unavailable)) : EMPTY))),
          ),
        ),
      );
      return buffered(heard, outbox);
    },

    listRooms: () => ({ rooms: rooms.summaries(mostListed) }),
  });
}

/** A member may say several things at once, and not go on like that: who floods a room drops those who cannot read it. */
function mustBeSlowEnough(perSecond: number): () => void {
  if (perSecond === 0) return () => {};
  const rate = new Rate(perSecond, 5);
  return () => {
    if (!rate.take()) throw tooFast(perSecond);
  };
}
