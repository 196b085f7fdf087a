// The model: an event is one thing that passed one interceptor on one side of one call.

/** The side that saw the event. */
export type Side = "client" | "server";

/** Requests travel from client to server, responses from server to client. */
export type Direction = "request" | "response";

/**
 * What passed. On the side that sends it, an event is a departure; on the other side it is the arrival of the same
 * thing.
 *
 * - `call`: the request headers (client departs, server arrives)
 * - `request`, `half-close`: client to server
 * - `headers`, `response`, `status`: server to client; `status` carries the trailers
 * - `cancel`: the client's own code gave the call up
 * - `ended`: the server's call is over and no status passed the interceptor. The client cancelled, the connection
 *   broke, the deadline passed, or grpc-js refused a message: server interceptors see none of these (fact 23).
 * - `note`: something that the program wanted remembered, at a place on one lifeline
 */
export type EventKind =
  | "call"
  | "headers"
  | "request"
  | "response"
  | "half-close"
  | "status"
  | "cancel"
  | "ended"
  | "note";

export const eventKinds: readonly EventKind[] = [
  "call",
  "headers",
  "request",
  "response",
  "half-close",
  "status",
  "cancel",
  "ended",
  "note",
];

/** One recorded event. In a recording, the events of one side are in the order in which they happened. */
export interface TapEvent {
  /** The same id on both sides, from the request's metadata. */
  readonly callId: string;
  readonly side: Side;
  readonly kind: EventKind;
  /** `/package.Service/Method` */
  readonly path: string;
  /**
   * Monotonic nanoseconds from `process.hrtime.bigint()`. On Linux, macOS and Windows this clock belongs to the system
   * and not to the process, so two processes of one machine can be compared; two machines cannot. A merge trusts it
   * only where causality leaves the order open.
   */
  readonly atNs: bigint;
  /** Only on the server: how many attempts of a retried call came before this one. Absent on the first. */
  readonly attempt?: number;
  /**
   * `request`, `response`, `note`: position among its kind on this side, from 0. A jump means events that were not
   * kept.
   */
  readonly index?: number;
  /** `request`, `response`, `note`: a short text that is safe for a terminal. */
  readonly label?: string;
  /** `request`, `response`: the size of the serialized message, if the sender's tap measured it. */
  readonly bytes?: number;
  /** `status`: the gRPC code. */
  readonly code?: number;
  /** `status`: its message. */
  readonly details?: string;
  /**
   * `status` at the client: true if the call was over before it had a connection, so nothing was sent. Otherwise
   * absent.
   */
  readonly unsent?: boolean;
  /** `call`, `headers`, `status`: the program's own metadata, shortened, without secrets. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** `call`: whether the client sends a stream. */
  readonly requestStream?: boolean;
  /** `call`: whether the server answers with a stream. */
  readonly responseStream?: boolean;
}

/** The side that a kind of event departs from; undefined if it stays on its own lifeline. */
export function senderOf(kind: EventKind): Side | undefined {
  switch (kind) {
    case "call":
    case "request":
    case "half-close":
    case "cancel":
      return "client";
    case "headers":
    case "response":
    case "status":
      return "server";
    default:
      return undefined;
  }
}
