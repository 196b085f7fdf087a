import { status } from "@grpc/grpc-js";
import {
  catchError,
  concat,
  concatWith,
  connect,
  defer,
  EMPTY,
  ignoreElements,
  map,
  type Observable,
  of,
  share,
  switchMap,
  take,
  takeUntil,
  throwError,
  throwIfEmpty,
} from "rxjs";
import { ChatService, GoodbyeReason, type JoinResponse, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { aborted, type BridgedService, errorInfo, implement, StatusError } from "../bridge/index.js";
import { entrance, firstMustEnter, frameOf, saying } from "./chat-frames.js";
import { NameTaken, NotRemembered, Replaced } from "./room.js";
import { Rooms } from "./rooms.js";

/**
 * The chat: what a member says goes into its room, what the room tells goes to the member, and neither waits for the
 * other.
 *
 * @param draining aborts when the server is about to stop: every member is told, and its call ends UNAVAILABLE
 */
export function chat(draining: AbortSignal, rooms = new Rooms()): BridgedService {
  // Shared: one listener on the signal however many members there are, and none when there are none.
  const stopping = aborted(draining).pipe(share());

  return implement(ChatService, {
    join(requests, call) {
      // Why a member was cut off: by its own end of the call, or by ours. While the server stops everybody goes, and
      // nobody is told: with n members that would be n * n messages, at the worst moment.
      const cut = () => (draining.aborted ? undefined : call.signal.aborted ? LeftReason.LOST : LeftReason.DROPPED);

      // `connect`, because the frames are used twice, the first one and the others, and can be subscribed once.
      return requests.observe().pipe(
        connect((frames) =>
          frames.pipe(
            take(1),
            takeUntil(stopping),
            throwIfEmpty(() => (draining.aborted ? stoppingStatus() : firstMustEnter())),
            map(entrance),
            switchMap((enter) =>
              concat(
                // What a member says is handled in the turn in which it comes (`map`, no `concatMap`): there is no
                // queue on this side.
                rooms.join(enter.room, enter, frames.pipe(map(saying)), cut).pipe(
                  map(frameOf),
                  // Who has said `leave` hears nothing more and is not heard. What is left of the call is its
                  // half-close.
                  concatWith(frames.pipe(ignoreElements())),
                  takeUntil(stopping),
                ),
                defer(() => (draining.aborted ? goodbye(GoodbyeReason.STOPPING, stoppingStatus()) : EMPTY)),
              ),
            ),
            catchError(endOf),
          ),
        ),
      );
    },
  });
}

/** What the room says in its own words, in gRPC's. */
function endOf(error: unknown): Observable<JoinResponse> {
  if (error instanceof Replaced) {
    return goodbye(
      GoodbyeReason.REPLACED,
      new StatusError(status.ABORTED, "the same session has entered again, on another call"),
    );
  }
  if (error instanceof NameTaken) {
    const details = "another session is in the room under this name: choose another name";
    return throwError(() => new StatusError(status.ALREADY_EXISTS, details));
  }
  if (error instanceof NotRemembered) {
    const details = "this position is not remembered: enter without resume_after, and something may be missing";
    const info = { reason: error.reason, domain: "quartet", metadata: error.remembered };
    return throwError(() => errorInfo(status.OUT_OF_RANGE, details, info));
  }
  return throwError(() => error);
}

/**
 * The word comes before the status and in-band: a status overtakes messages that the client has not read yet (fact 3).
 */
function goodbye(reason: GoodbyeReason, ending: StatusError): Observable<JoinResponse> {
  return concat(
    of({ frame: { $case: "goodbye" as const, goodbye: { reason } } }),
    throwError(() => ending),
  );
}

function stoppingStatus(): StatusError {
  return new StatusError(status.UNAVAILABLE, "the server is stopping: connect again, and resume");
}
