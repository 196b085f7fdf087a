import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { type BackOff, CallError, type Caller, type Retry, resuming } from "quartet-bridge";
import { concat, from, type Observable, Subject, tap } from "rxjs";
import type { ChatService, Cursor, Enter, JoinRequest, JoinResponse } from "#gen/quartet/chat/v1/chat.js";
import { acknowledgedIn, enterFrame, eventsIn, leaveFrame, sayFrame, welcomeIn } from "../chat/frames.js";

/**
 * The most messages that may wait for an acknowledgement. The server remembers only some messages of a session, so no
 * more than these may be sent again.
 */
export const mostUnacknowledged = 32;

/** The room and the name of a session; its id is random by default. */
export type ChatIdentity = Pick<Enter, "room" | "name" | "history"> & Partial<Pick<Enter, "sessionId">>;

/** What a program may want to tell a person. */
export interface ChatSessionOptions {
  /** Called before each wait for another attempt. An error that it throws ends the session. */
  readonly onRetry?: (retry: Retry<Cursor>) => void;
  /** The room does not remember the position of the session, so events may be missing here. */
  readonly onGap?: (error: CallError) => void;
  readonly backoff?: BackOff;
}

/**
 * A member of a room that survives lost connections. It resumes after the last event that it has heard. It sends
 * unacknowledged messages again under the same id, so the room delivers each once.
 */
export class ChatSession {
  readonly #calls: Caller<typeof ChatService>;
  readonly #identity: ChatIdentity & Pick<Enter, "sessionId">;
  readonly #options: ChatSessionOptions;
  /** By the client's id, in the order in which they were said. */
  readonly #unacknowledged = new Map<string, string>();
  /** The frames of the newest call. */
  #requests = new Subject<JoinRequest>();
  #said = 0;
  #epoch = "";
  #leaving = false;
  #waitingForRoom: (() => void)[] = [];
  #members = new Set<string>();
  /** The number of the last event that `#members` includes. */
  #membersKnownAt = 0;

  constructor(calls: Caller<typeof ChatService>, identity: ChatIdentity, options: ChatSessionOptions = {}) {
    this.#calls = calls;
    this.#identity = { ...identity, sessionId: identity.sessionId ?? randomUUID() };
    this.#options = options;
  }

  /** How many messages are not acknowledged yet. */
  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  /** The members of the room, in the order in which they entered. */
  get members(): string[] {
    return [...this.#members];
  }

  /**
   * Enters the room, and gives what the member hears. Subscribe once. It completes when the member has left, and fails
   * with an error that another attempt cannot mend, such as ALREADY_EXISTS.
   */
  hear(): Observable<JoinResponse> {
    const { onRetry, onGap, backoff = { maxMs: 2_000 } } = this.#options;
    return resuming((after?: Cursor) => this.#calls.join.observe(this.#openingFrames(after)), {
      cursor: (response) => this.#positionAfter(response),
      retryable: isTemporary,
      backoff,
      onRetry,
      // The room, or the server, has begun anew: the session enters without a position.
      onGap: (error) => void onGap?.(error),
    }).pipe(tap((response) => this.#note(response)));
  }

  /** Resolves when another message may be said. */
  roomForOneMore(): Promise<void> {
    if (this.#unacknowledged.size < mostUnacknowledged) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForRoom.push(resolve));
  }

  /** Says something, now or after the next connection. Returns false if too many messages wait already. */
  say(text: string): boolean {
    if (this.#unacknowledged.size >= mostUnacknowledged) return false;
    this.#said += 1;
    const id = String(this.#said);
    this.#unacknowledged.set(id, text);
    this.#requests.next(sayFrame(id, text));
    return true;
  }

  /** Leaves the room when all messages are acknowledged. */
  leave(): void {
    this.#leaving = true;
    this.#leaveIfDone();
  }

  #openingFrames(resumeAfter: Cursor | undefined): Observable<JoinRequest> {
    this.#requests = new Subject();
    const again = [...this.#unacknowledged].map(([id, text]) => sayFrame(id, text));
    return concat(from([enterFrame({ ...this.#identity, resumeAfter }), ...again]), this.#requests);
  }

  /** `welcome` has no position of its own: the events up to its cursor follow it. */
  #positionAfter(response: JoinResponse): Cursor | undefined {
    const welcome = welcomeIn(response);
    if (welcome) {
      this.#epoch = welcome.cursor?.epoch ?? "";
      // With `history` 0 no past event follows, and perhaps none at all.
      return this.#identity.history === 0 ? welcome.cursor : undefined;
    }
    const last = eventsIn(response).at(-1);
    return last && { epoch: this.#epoch, sequence: last.sequence };
  }

  #note(response: JoinResponse): void {
    const acknowledged = acknowledgedIn(response);
    if (acknowledged !== undefined) {
      this.#unacknowledged.delete(acknowledged);
      for (const resolve of this.#waitingForRoom.splice(0)) resolve();
    }
    this.#noteMembers(response);
    this.#leaveIfDone();
  }

  #noteMembers(response: JoinResponse): void {
    const welcome = welcomeIn(response);
    if (welcome) {
      this.#members = new Set(welcome.members);
      this.#membersKnownAt = welcome.cursor?.sequence ?? 0;
    }
    for (const { sequence, what } of eventsIn(response)) {
      // Past events follow the welcome, which already includes them.
      if (sequence <= this.#membersKnownAt) continue;
      if (what?.$case === "joined") this.#members.add(what.joined.name);
      if (what?.$case === "left") this.#members.delete(what.left.name);
    }
  }

  #leaveIfDone(): void {
    if (!this.#leaving || this.#unacknowledged.size > 0) return;
    this.#requests.next(leaveFrame);
    this.#requests.complete();
  }
}

/**
 * RESOURCE_EXHAUSTED means that the member read too slowly, or talked too fast. It may come back. A server that is
 * stopped by force looks like CANCELLED (fact 18). An unsubscribe also ends the call with CANCELLED, but no attempt
 * follows it.
 */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof CallError)) return false;
  return [status.UNAVAILABLE, status.CANCELLED, status.RESOURCE_EXHAUSTED].includes(error.code);
}
