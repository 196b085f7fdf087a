import type { Cursor } from "#gen/quartet/chat/v1/chat.js";

/** A command to a member, which has the unique name of its session. */
export type Command =
  | ({ readonly does: "come" } & Coming)
  | ({ readonly does: "say" } & ChatMessage)
  /** Sends a last message, and ends its call. */
  | ({ readonly does: "go" } & Going)
  /** Stops reading. */
  | { readonly does: "stall"; readonly name: string }
  /** Reads again, until the end of its call. */
  | { readonly does: "wake"; readonly name: string };

/** How a member ends its call. */
export interface Going extends ChatMessage {
  /**
   * `leave` sends a leave message and half-closes in one turn, and `half-close` sends none. `cut` and `reset` destroy
   * the connection, `reset` with a reset.
   */
  readonly how: "leave" | "half-close" | "cancel" | "cut" | "reset";
  /**
   * Turns of the event loop from the last message to the end of the call, so that they decide how far the message gets.
   */
  readonly turns: number;
}

/** A message: its `number` in the session, and the `length` of its filling in characters. */
export interface ChatMessage {
  readonly name: string;
  readonly number: number;
  readonly length: number;
}

/** How a member joins. */
export interface Coming {
  readonly name: string;
  readonly room: string;
  readonly resumeAfter?: Cursor;
  /** How many earlier events it asks for, if it has no `resumeAfter`. */
  readonly history: number;
  /** Whether its connection goes through a relay that can be cut. */
  readonly frail: boolean;
}

/** Commands that a client process carries out concurrently. It reports when all are done. */
export interface Batch {
  readonly batch: number;
  readonly commands: readonly Command[];
  /** The milliseconds over which it spreads the messages. */
  readonly overMs: number;
}

/** An event of a room as a member has heard it: its number, its digest, and its age if it is a message. */
export type HeardEvent = readonly [sequence: number, digest: string, microseconds: number | null];

/** What happens to a member, in order. */
export type Report =
  | { readonly is: "entered"; readonly name: string; readonly cursor: Cursor }
  | { readonly is: "heard"; readonly name: string; readonly events: readonly HeardEvent[] }
  | {
      readonly is: "acknowledged";
      readonly name: string;
      readonly id: string;
      readonly sequence: number;
      /** The digest of the acknowledged message; absent if no message waited for an acknowledgement. */
      readonly digest?: string;
    }
  | ({ readonly is: "ended"; readonly name: string } & CallEnd);

/** How a member's call ended. */
export interface CallEnd {
  readonly code: number;
  readonly details: string;
  /** How many of its messages have no acknowledgement. */
  readonly unacknowledged: number;
  /** The reason in an OUT_OF_RANGE. */
  readonly reason?: string;
  readonly remembered?: Readonly<Record<string, string>>;
}

/** What a client process sends. */
export type FromClient =
  | { readonly says: "ready" }
  | { readonly says: "reports"; readonly reports: readonly Report[] }
  | { readonly says: "done"; readonly batch: number };

/** News of members' calls at the server. */
export type ServerNews = Extract<FromServer, { name: string }>;

/** A question to the server process. After `drain` it drains, and then answers with gauges too. */
export type ServerQuestion = "gauges" | "drain";

/** What the server's process sends. */
export type FromServer =
  | { readonly says: "listening"; readonly port: number }
  | { readonly says: "gauges"; readonly gauges: Gauges }
  /** The server has released everything of the member's last call. */
  | { readonly says: "gone"; readonly name: string }
  /** A member did not take the status of its ended call in time, so the server cuts its connection. */
  | { readonly says: "cut"; readonly name: string };

/** What the server process holds after a garbage collection. */
export interface Gauges {
  /** JavaScript's heap, in bytes. */
  readonly heap: number;
  /** Memory outside the heap that the heap refers to, mostly buffers, in bytes. */
  readonly external: number;
  /** All memory that the process has from the system, in bytes. */
  readonly resident: number;
  readonly openCalls: number;
  /** The numbers of listeners of the process, of the `draining` signal, and of stalled peers. */
  readonly listeners: Readonly<Record<string, number>>;
  /** The resources that keep the process alive, by kind. */
  readonly handles: Readonly<Record<string, number>>;
}
