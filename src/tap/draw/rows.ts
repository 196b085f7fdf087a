import { type MergedCall, type MergedEvent, otherSide } from "../merge/merge.js";
import { type EventKind, type Side, senderOf, type TapEvent } from "../record/event.js";
import { withGaps } from "./gaps.js";
import type { Row, Shape } from "./row.js";
import { metadataEntries, rowText } from "./row-text.js";

export interface RowOptions {
  /**
   * A message of a stream that is longer than this on its way, while other things happen, becomes two rows. Default
   * 250.
   */
  readonly heldMs?: number;
}

/**
 * Turns a merged call into rows. A message is one arrow if that keeps the order of each side, because only that order
 * is certain. Where messages cross, or one was held back, the two ends of a message become two rows.
 */
export function rowsOf(call: MergedCall, options: RowOptions = {}): Row[] {
  return withGaps(withoutDullHeaders(compactUnary(call, new Weaver(call, options).rows())));
}

/** Walks along both lifelines, and decides which events become one line. */
class Weaver {
  readonly #call: MergedCall;
  readonly #lanes: Readonly<Record<Side, readonly MergedEvent[]>>;
  readonly #next: Record<Side, number> = { client: 0, server: 0 };
  readonly #place: ReadonlyMap<TapEvent, number>;
  readonly #over: Readonly<Record<Side, boolean>>;
  /** Per side and kind: the index of the last message. */
  readonly #last = new Map<string, number>();
  readonly #attempts: number;
  /** Departures that get their own row. */
  readonly #split: Set<TapEvent>;
  readonly #departed = new Set<TapEvent>();

  constructor(call: MergedCall, options: RowOptions) {
    this.#call = call;
    const lane = (side: Side) => call.events.filter(({ event }) => event.side === side && !isRepeated(event));
    const isOver = (lane: readonly MergedEvent[]) =>
      lane.some(({ event: { kind } }) => kind === "status" || kind === "ended");
    this.#lanes = { client: lane("client"), server: lane("server") };
    this.#over = { client: isOver(this.#lanes.client), server: isOver(this.#lanes.server) };
    this.#place = new Map(call.events.map(({ event }, place) => [event, place]));
    for (const { event } of call.events) this.#last.set(`${event.side} ${event.kind}`, event.index ?? 0);
    this.#attempts = call.events.reduce((most, { event }) => Math.max(most, event.attempt ?? 0), 0);
    this.#split = heldBack(call, BigInt(Math.round((options.heldMs ?? 250) * 1e6)));
  }

  rows(): Row[] {
    const rows: Row[] = [];
    for (;;) {
      const heads = (["client", "server"] as const).flatMap((side) => this.#lanes[side][this.#next[side]] ?? []);
      heads.sort((a, b) => this.#placeOf(a) - this.#placeOf(b));
      const [first] = heads;
      if (first === undefined) return rows;
      const ready = heads.find((head) => this.#shapeOf(head, heads) !== undefined);
      if (ready === undefined) {
        // Each side waits for the other, because messages cross. The earlier departure leaves here, and arrives further
        // down.
        const departure = heads.find(({ event }) => senderOf(event.kind) === event.side);
        // Only recordings that contradict each other have two arrivals here. The first one is drawn.
        if (departure !== undefined) this.#split.add(departure.event);
        else if (first.peer !== undefined) this.#departed.add(first.peer);
        continue;
      }
      const shape = this.#shapeOf(ready, heads) ?? "local";
      this.#next[ready.event.side] += 1;
      if (shape === "arrow" && ready.peer !== undefined) this.#next[ready.peer.side] += 1;
      if (shape === "departs") this.#departed.add(ready.event);
      rows.push(rowOf(this.#call, ready, shape, this.#isRetried(ready.event)));
    }
  }

  /** How the next event of its lifeline is drawn; undefined if it must wait for the other lifeline. */
  #shapeOf({ event, peer }: MergedEvent, heads: readonly MergedEvent[]): Shape | undefined {
    const departs = senderOf(event.kind) === event.side;
    if (peer !== undefined) {
      if (!departs) return this.#departed.has(peer) ? "arrives" : undefined;
      if (this.#split.has(event)) return "departs";
      return heads.some((head) => head.event === peer) ? "arrow" : undefined;
    }
    if (event.kind === "note" || event.kind === "ended") return "local";
    if (this.#call.unsent) return departs && event.kind !== "cancel" ? "unsent" : "local";
    const other = otherSide(event.side);
    if (!this.#call.sides.has(other) || this.#wasNotKept(event)) return "arrow";
    // When grpc-js retries by itself, the messages pass no client interceptor.
    if (this.#isRetried(event) || event.attempt !== undefined) return "arrow";
    if (!departs) return event.kind === "status" ? "local" : "arrives";
    return this.#over[other] ? "lost" : "departs";
  }

  #placeOf({ event, peer }: MergedEvent): number {
    const place = this.#place.get(event) ?? 0;
    const isSplit = peer === undefined || this.#split.has(event) || this.#split.has(peer);
    return isSplit ? place : Math.min(place, this.#place.get(peer) ?? place);
  }

  #isRetried(event: TapEvent): boolean {
    return event.kind === "status" && event.side === "server" && (event.attempt ?? 0) < this.#attempts;
  }

  /** Whether the bounded recording did not keep the other end. */
  #wasNotKept(event: TapEvent): boolean {
    if (event.index === undefined) return false;
    return (this.#last.get(`${otherSide(event.side)} ${event.kind}`) ?? -1) >= event.index;
  }
}

/**
 * The departures of a stream that arrived `heldNs` later or more, other things having happened meanwhile. A single
 * answer has no pace that could be seen; its delay is not worth a second row.
 */
function heldBack(call: MergedCall, heldNs: bigint): Set<TapEvent> {
  const held = new Set<TapEvent>();
  const begin = call.events.find(
    ({ event, peer }) => event.kind === "call" && event.side === "client" && peer !== undefined,
  );
  // The client's first messages wait for the connection, as the call does. No reader held them back.
  const connecting = begin?.peer === undefined ? 0n : begin.peer.atNs - begin.event.atNs;
  const places = new Map(call.events.map(({ event }, place) => [event, place]));
  // Messages do not overtake each other, so a message that leaves while another is held is held too.
  const heldUntil: Record<Side, number> = { client: 0, server: 0 };
  for (const [place, { event, peer }] of call.events.entries()) {
    if (peer === undefined || senderOf(event.kind) !== event.side || event.kind === "call" || event.kind === "cancel")
      continue;
    if (!(event.side === "client" ? call.requestStream : call.responseStream)) continue;
    const flight = peer.atNs - event.atNs - (event.side === "client" ? connecting : 0n);
    const arrival = places.get(peer) ?? 0;
    const isHeld = flight >= heldNs && arrival - place > 1;
    if (isHeld) heldUntil[event.side] = Math.max(heldUntil[event.side], arrival);
    if (isHeld || place < heldUntil[event.side]) held.add(event);
  }
  return held;
}

/**
 * A later attempt of a retried call hears the whole request again: its beginning says so, and the rest would be noise.
 */
function isRepeated(event: TapEvent): boolean {
  return event.attempt !== undefined && event.kind !== "call" && senderOf(event.kind) === "client";
}

function rowOf(call: MergedCall, { event, peer }: MergedEvent, shape: Shape, isRetried: boolean): Row {
  // An arrow shows the value that arrived. A `float` was still a double when it left.
  const said = shape === "arrow" && peer?.label ? { ...event, label: peer.label } : event;
  const text = rowText(call, said, shape);
  const again = isRetried ? " (retried)" : "";
  const metadata = metadataEntries(event);
  return {
    shape,
    kind: event.kind === "ended" && shape === "arrives" ? "cancel" : event.kind,
    from: shape === "local" ? event.side : (senderOf(event.kind) ?? (shape === "arrives" ? "client" : event.side)),
    text: `${text}${event.metadata === undefined ? "" : ` {${metadata.join(", ")}}`}${again}`,
    atNs: event.atNs,
    ...(event.index === undefined ? {} : { index: event.index }),
    ...(event.code === undefined ? {} : { code: event.code }),
    ...(event.metadata === undefined ? {} : { apart: { text: `${text}${again}`, metadata } }),
  };
}

/** The call, its one request and its half-close leave in one turn, so they become one line. */
function compactUnary(call: MergedCall, rows: Row[]): Row[] {
  const [begin, request, halfClose] = rows;
  const kinds = [begin, request, halfClose].map((row) => row?.kind).join();
  const shapes = new Set([begin, request, halfClose].map((row) => row?.shape));
  if (call.requestStream || kinds !== "call,request,half-close" || shapes.size > 1) return rows;
  if (begin === undefined || request === undefined || !(shapes.has("arrow") || shapes.has("unsent"))) return rows;
  const { apart } = begin;
  const whole = { ...begin, text: `${begin.text}  ${request.text}` };
  return [
    apart === undefined ? whole : { ...whole, apart: { ...apart, text: `${apart.text}  ${request.text}` } },
    ...rows.slice(3),
  ];
}

/**
 * Headers without the program's own metadata are worth a line only where something happens between them and what
 * follows.
 */
function withoutDullHeaders(rows: Row[]): Row[] {
  const announced: readonly (EventKind | undefined)[] = ["response", "status", "cancel", "ended", undefined];
  return rows.filter((row, at) => {
    if (row.kind !== "headers" || row.apart !== undefined) return true;
    return row.shape === "arrow" && !announced.includes(rows[at + 1]?.kind);
  });
}
