import type { Cursor } from "#gen/quartet/chat/v1/chat.js";

/** What the conductor has a member do. A member is known by the name of its session, which no other session has. */
export type Command =
  | ({ readonly does: "come" } & Coming)
  | ({ readonly does: "say" } & Word)
  /** Says a last word, and ends its call. */
  | ({ readonly does: "go" } & Going)
  /** Reads no more. */
  | { readonly does: "stall"; readonly name: string }
  /** Reads again what there is, up to the end of its call. */
  | { readonly does: "wake"; readonly name: string };

/** How a member ends its call. */
export interface Going extends Word {
  /**
   * `leave` is said and then half-closed in one turn, `half-close` comes without saying it; `cut` and `reset` destroy the
   * connection, `reset` with a reset.
   */
  readonly how: "leave" | "half-close" | "cancel" | "cut" | "reset";
  /** Of the event loop, between the word and the end: the word gets so far, or its acknowledgement does. */
  readonly turns: number;
}

/** A message: `number` is its own in its session, and `length` how many characters of filling it has. */
export interface Word {
  readonly name: string;
  readonly number: number;
  readonly length: number;
}

/** How a member comes in. */
export interface Coming {
  readonly name: string;
  readonly room: string;
  readonly resumeAfter?: Cursor;
  /** How many of the last events it asks for; without `resumeAfter`. */
  readonly history: number;
  /** Whether its connection goes through a way that can be cut. */
  readonly frail: boolean;
}

/** Commands that a client process carries out side by side. It says when all are done. */
export interface Batch {
  readonly batch: number;
  readonly commands: readonly Command[];
  /** Over how many milliseconds it spreads what is said. */
  readonly overMs: number;
}

/** An event of a room as a member has heard it: its number, what it was, and how old it was if it was said. */
export type HeardEvent = readonly [sequence: number, digest: string, microseconds: number | null];

/** What befalls a member, in the order in which it does. */
export type Report =
  | { readonly is: "entered"; readonly name: string; readonly cursor: Cursor }
  | { readonly is: "heard"; readonly name: string; readonly events: readonly HeardEvent[] }
  | {
      readonly is: "acknowledged";
      readonly name: string;
      readonly id: string;
      readonly sequence: number;
      /** Of the message that waited for it; absent where none did. */
      readonly digest?: string;
    }
  | ({ readonly is: "ended"; readonly name: string } & CallEnd);

/** How a member's call has ended. */
export interface CallEnd {
  readonly code: number;
  readonly details: string;
  /** How many of its messages have no acknowledgement. */
  readonly unacknowledged: number;
  /** Of an OUT_OF_RANGE. */
  readonly reason?: string;
  readonly remembered?: Readonly<Record<string, string>>;
}

/** What a client process sends. */
export type FromClient =
  | { readonly says: "ready" }
  | { readonly says: "reports"; readonly reports: readonly Report[] }
  | { readonly says: "done"; readonly batch: number };

/** What becomes of the members' calls at the server. */
export type ServerNews = Extract<FromServer, { name: string }>;

/** What the server's process is asked; to `drain` it answers with gauges as well, when it has drained. */
export type ServerQuestion = "gauges" | "drain";

/** What the server's process sends. */
export type FromServer =
  | { readonly says: "listening"; readonly port: number }
  | { readonly says: "gauges"; readonly gauges: Gauges }
  /** Nothing is left of the last call that the member has made. */
  | { readonly says: "gone"; readonly name: string }
  /** A member whose call the server has ended has not taken its status in time: its connection is cut. */
  | { readonly says: "cut"; readonly name: string };

/** What the server's process holds, after a collection. */
export interface Gauges {
  /** JavaScript's heap, in bytes. */
  readonly heap: number;
  /** What hangs on it outside, buffers above all, in bytes. */
  readonly external: number;
  /** All that the system has given to the process, in bytes. */
  readonly resident: number;
  readonly openCalls: number;
  /** Listeners of the process and of the `draining` signal, and whether anybody listens for stalled peers. */
  readonly listeners: Readonly<Record<string, number>>;
  /** What keeps the process alive, by kind. */
  readonly handles: Readonly<Record<string, number>>;
}
