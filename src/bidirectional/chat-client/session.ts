import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { type BackOff, CallError, type Caller, type Retry, resuming } from "quartet-bridge";
import { concat, from, type Observable, Subject, tap } from "rxjs";
import type { ChatService, Cursor, JoinRequest, JoinResponse, Welcome } from "#gen/quartet/chat/v1/chat.js";

/** What a server remembers of a session's messages is bounded, and so is what may wait to be said again. */
export const mostUnacknowledged = 32;

/** Who comes into which room. */
export interface Seat {
  readonly room: string;
  readonly name: string;
  /** Made up at random unless told: see the contract. */
  readonly sessionId?: string;
  /** How many events of the past to hear first; as many as the server thinks fit unless told. */
  readonly history?: number;
}

/** What a person may want to know beside what is heard. */
export interface ChatSessionOptions {
  /** An attempt has failed, and another one follows, unless this throws. */
  readonly onRetry?: (retry: Retry<Cursor>) => void;
  /** The room does not remember where we were: something may be missing before what is heard next. */
  readonly onGap?: (error: CallError) => void;
  readonly backoff?: BackOff;
}

/**
 * A member of a room that goes on through lost connections: it resumes after the last event that it has heard, and says
 * again what was not acknowledged, under the same id, so that the room hears it once.
 */
export class ChatSession {
  readonly #calls: Caller<typeof ChatService>;
  readonly #seat: Required<Pick<Seat, "room" | "name" | "sessionId">> & Pick<Seat, "history">;
  readonly #options: ChatSessionOptions;
  /** What was said and is not acknowledged, by the client's id, in the order in which it was said. */
  readonly #unacknowledged = new Map<string, string>();
  /** What the call that is open now is to say. */
  #saying = new Subject<JoinRequest>();
  #said = 0;
  #epoch = "";
  #leaving = false;
  #roomMade: (() => void)[] = [];

  constructor(calls: Caller<typeof ChatService>, seat: Seat, options: ChatSessionOptions = {}) {
    this.#calls = calls;
    this.#seat = { ...seat, sessionId: seat.sessionId ?? randomUUID() };
    this.#options = options;
  }

  /** How many messages are not acknowledged. */
  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  /**
   * Comes in, and hears: to be subscribed once. It completes when the member has left, and fails with what no other
   * attempt mends, such as ALREADY_EXISTS.
   */
  hear(): Observable<JoinResponse> {
    const { onRetry, onGap, backoff = { maxMs: 2_000 } } = this.#options;
    return resuming((after?: Cursor) => this.#calls.join.observe(this.#requests(after)), {
      cursor: (response) => this.#cursorOf(response),
      retryable: isPassing,
      backoff,
      onRetry,
      // The room, or the server, has begun anew: continue with what it has.
      onGap: (error) => void onGap?.(error),
    }).pipe(tap((response) => this.#acknowledged(response)));
  }

  /** Settles when one more message may be said. */
  room(): Promise<void> {
    if (this.#unacknowledged.size < mostUnacknowledged) return Promise.resolve();
    return new Promise((resolve) => this.#roomMade.push(resolve));
  }

  /** Says something, now or when the connection is back. False: too much waits already, and this was not said. */
  say(text: string): boolean {
    if (this.#unacknowledged.size >= mostUnacknowledged) return false;
    this.#said += 1;
    const id = String(this.#said);
    this.#unacknowledged.set(id, text);
    this.#saying.next(say(id, text));
    return true;
  }

  /** Goes, when all that was said has been heard: politely, with a word. */
  leave(): void {
    this.#leaving = true;
    this.#leaveIfDone();
  }

  #requests(resumeAfter: Cursor | undefined): Observable<JoinRequest> {
    const { room, name, sessionId, history } = this.#seat;
    this.#saying = new Subject();
    const again = [...this.#unacknowledged].map(([id, text]) => say(id, text));
    const enter: JoinRequest = { frame: { $case: "enter", enter: { room, name, sessionId, history, resumeAfter } } };
    return concat(from([enter, ...again]), this.#saying);
  }

  /** The position after an event. `welcome` has none: the events up to its own are the past, which follows it. */
  #cursorOf({ frame }: JoinResponse): Cursor | undefined {
    if (frame?.$case === "welcome") {
      this.#epoch = epochOf(frame.welcome);
      // With the past comes at least our own coming in, so that there will be an event. Without it there may be none.
      return this.#seat.history === 0 ? frame.welcome.cursor : undefined;
    }
    const last = frame?.$case === "events" ? frame.events.events.at(-1) : undefined;
    return last && { epoch: this.#epoch, sequence: last.sequence };
  }

  #acknowledged({ frame }: JoinResponse): void {
    if (frame?.$case === "acknowledgement") {
      this.#unacknowledged.delete(frame.acknowledgement.clientMessageId);
      for (const tell of this.#roomMade.splice(0)) tell();
    }
    // Whoever is in by now, or has no message left, can go.
    this.#leaveIfDone();
  }

  #leaveIfDone(): void {
    if (!this.#leaving || this.#unacknowledged.size > 0) return;
    this.#saying.next({ frame: { $case: "leave", leave: {} } });
    this.#saying.complete();
  }
}

function say(clientMessageId: string, text: string): JoinRequest {
  return { frame: { $case: "say", say: { clientMessageId, text } } };
}

function epochOf({ cursor }: Welcome): string {
  return cursor?.epoch ?? "";
}

/**
 * A member that reads too slowly gets RESOURCE_EXHAUSTED, and should come back. A server that is stopped by force looks
 * like CANCELLED (fact 18). Your own unsubscribe ends the call with CANCELLED too, but then no attempt follows.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof CallError)) return false;
  return [status.UNAVAILABLE, status.CANCELLED, status.RESOURCE_EXHAUSTED].includes(error.code);
}
