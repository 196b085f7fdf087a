import { type Side, senderOf, type TapEvent } from "../record/event.js";

/** A vector clock of two: how many events of each side are known to have happened up to and including an event. */
export interface Clock {
  readonly client: number;
  readonly server: number;
}

/** An event with its place among the events of both sides. */
export interface MergedEvent {
  readonly event: TapEvent;
  readonly clock: Clock;
  /**
   * The same thing at the other end, if both ends were recorded: the arrival of a departure, the departure of an
   * arrival.
   */
  readonly peer: TapEvent | undefined;
}

/** One call as both sides saw it. */
export interface MergedCall {
  readonly callId: string;
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** The sides that have recorded this call. */
  readonly sides: ReadonlySet<Side>;
  /** The call never left the client, so the server cannot have recorded it. */
  readonly unsent: boolean;
  /**
   * In causal order: each side keeps its own order, a departure comes before its arrival, and time decides the rest.
   */
  readonly events: readonly MergedEvent[];
}

/**
 * Merges recordings of the same calls, made by the two sides in one or two processes, into one order per call; calls
 * come in the order in which they began. A side that lacks a call, or the end of one, is simply absent from it.
 */
export function mergeCalls(...recordings: Iterable<TapEvent>[]): MergedCall[] {
  const calls = new Map<string, Record<Side, TapEvent[]>>();
  for (const recording of recordings) {
    for (const event of recording) {
      const sides = calls.get(event.callId) ?? { client: [], server: [] };
      calls.set(event.callId, sides);
      sides[event.side].push(event);
    }
  }
  const merged = [...calls].map(([callId, { client, server }]) => mergeCall(callId, client, server));
  const begin = (call: MergedCall) => call.events[0]?.event.atNs ?? 0n;
  return merged.sort((a, b) => (begin(a) < begin(b) ? -1 : begin(a) > begin(b) ? 1 : 0));
}

function mergeCall(callId: string, client: TapEvent[], server: TapEvent[]): MergedCall {
  const peers = pair(client, server);
  const events: MergedEvent[] = [];
  const clocks = new Map<TapEvent, Clock>();
  const lanes: Record<Side, Lane> = { client: lane(client), server: lane(server) };

  const isReady = (event: TapEvent | undefined): event is TapEvent => {
    if (event === undefined) return false;
    if (senderOf(event.kind) === event.side) return true;
    const departure = peers.get(event);
    if (departure !== undefined) return clocks.has(departure);
    // The departure was not kept. Messages do not overtake each other, so it still comes after the earlier departures.
    return !lanes[otherSide(event.side)].holdsBack(event);
  };
  for (;;) {
    const c = lanes.client.head();
    const s = lanes.server.head();
    if (c === undefined && s === undefined) break;
    const ready = [c, s].filter(isReady);
    // Only recordings that contradict each other leave nothing ready. The rest is then shown in order of time.
    const event = earliest(ready.length > 0 ? ready : [c, s].filter((head) => head !== undefined));
    lanes[event.side].advance();
    const peer = peers.get(event);
    const clock = tick(lanes[event.side].clock, event.side, peer === undefined ? undefined : clocks.get(peer));
    lanes[event.side].clock = clock;
    clocks.set(event, clock);
    events.push({ event, clock, peer });
  }

  const begin = [...client, ...server].find((event) => event.kind === "call");
  return {
    callId,
    path: (client[0] ?? server[0])?.path ?? "",
    requestStream: begin?.requestStream ?? false,
    responseStream: begin?.responseStream ?? false,
    sides: new Set<Side>([
      ...(client.length > 0 ? ["client" as const] : []),
      ...(server.length > 0 ? ["server" as const] : []),
    ]),
    unsent: client.some((event) => event.unsent === true) && server.length === 0,
    events,
  };
}

/** Finds the other end of each event. */
function pair(client: readonly TapEvent[], server: readonly TapEvent[]): Map<TapEvent, TapEvent> {
  const peers = new Map<TapEvent, TapEvent>();
  const known = new Map(client.map((event) => [identity(event), event]));
  const lastAttempt = server.reduce((last, event) => Math.max(last, event.attempt ?? 0), 0);
  for (const event of server) {
    const counterpart = event.kind === "ended" ? known.get("cancel") : known.get(identity(event));
    if (counterpart === undefined || peers.has(counterpart)) continue;
    // A retried call arrives once per attempt. The client sent it once, and gets the answer of the last attempt.
    if (senderOf(event.kind) === "server" && (event.attempt ?? 0) !== lastAttempt) continue;
    // A server call that was over before the client gave up did not end because of the client.
    if (event.kind === "ended" && event.atNs < counterpart.atNs) continue;
    // If the client gave up or lost the connection first, it reports its own status instead of the server's.
    if (event.kind === "status" && event.code !== counterpart.code) continue;
    peers.set(event, counterpart).set(counterpart, event);
  }
  return peers;
}

function identity(event: TapEvent): string {
  return event.kind === "note" ? `note ${event.side} ${event.index}` : `${event.kind} ${event.index ?? ""}`.trimEnd();
}

interface Lane {
  clock: Clock;
  head(): TapEvent | undefined;
  advance(): void;
  /** Whether a departure of this kind, with this index or a smaller one, is still to come. */
  holdsBack(arrival: TapEvent): boolean;
}

function lane(events: readonly TapEvent[]): Lane {
  let next = 0;
  const ahead = { request: [] as number[], response: [] as number[] };
  for (const event of events) {
    if (isMessage(event) && senderOf(event.kind) === event.side) ahead[event.kind].push(event.index ?? 0);
  }
  // Reversed, because taking the last item of an array is cheap.
  ahead.request.reverse();
  ahead.response.reverse();
  return {
    clock: { client: 0, server: 0 },
    head: () => events[next],
    advance() {
      const event = events[next];
      if (event !== undefined && isMessage(event) && senderOf(event.kind) === event.side) ahead[event.kind].pop();
      next += 1;
    },
    holdsBack(arrival) {
      const first = isMessage(arrival) ? ahead[arrival.kind].at(-1) : undefined;
      return first !== undefined && first <= (arrival.index ?? 0);
    },
  };
}

function isMessage(event: TapEvent): event is TapEvent & { kind: "request" | "response" } {
  return event.kind === "request" || event.kind === "response";
}

function tick(before: Clock, side: Side, other: Clock | undefined): Clock {
  const client = Math.max(before.client, other?.client ?? 0);
  const server = Math.max(before.server, other?.server ?? 0);
  return side === "client" ? { client: client + 1, server } : { client, server: server + 1 };
}

function earliest(events: readonly TapEvent[]): TapEvent {
  return events.reduce((first, event) => (event.atNs < first.atNs ? event : first));
}

export function otherSide(side: Side): Side {
  return side === "client" ? "server" : "client";
}
