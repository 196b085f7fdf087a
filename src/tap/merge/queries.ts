// Questions about a merged call. None of the answers trusts a clock, unless its function says so.
import { type Direction, type Side, senderOf, type TapEvent } from "../record/event.js";
import type { MergedCall, MergedEvent } from "./merge.js";

/** One message of a call: its departure and its arrival, if they were recorded. */
export interface Message {
  readonly index: number;
  readonly label: string;
  readonly sent: MergedEvent | undefined;
  readonly received: MergedEvent | undefined;
}

/** The calls of a method, by its path or the end of it: `"/Calculator/SquareRoot"` or `"SquareRoot"`. */
export function callsOf(calls: readonly MergedCall[], path: string): MergedCall[] {
  return calls.filter((call) => call.path === path || call.path.endsWith(`/${path}`));
}

/** The messages of one direction, in order. A retried call has those of its last attempt. */
export function messages(call: MergedCall, direction: Direction): Message[] {
  const found = new Map<number, Message>();
  for (const merged of call.events) {
    const { event } = merged;
    if (event.kind !== direction) continue;
    const index = event.index ?? 0;
    const known = found.get(index) ?? { index, label: event.label ?? "", sent: undefined, received: undefined };
    found.set(index, { ...known, [senderOf(event.kind) === event.side ? "sent" : "received"]: merged });
  }
  return [...found.values()].sort((a, b) => a.index - b.index);
}

/**
 * The event of a kind on a side, or undefined: for `call`, `headers`, `half-close`, `status`, `cancel` and `ended`, of
 * which there is one.
 */
export function eventOf(call: MergedCall, side: Side, kind: TapEvent["kind"]): MergedEvent | undefined {
  return call.events.findLast(({ event }) => event.side === side && event.kind === kind);
}

/**
 * The code and message that the call ended with. The client's recording has the last word: some ends are seen only
 * there.
 */
export function statusOf(call: MergedCall): { readonly code: number; readonly details: string } | undefined {
  const event = (eventOf(call, "client", "status") ?? eventOf(call, "server", "status"))?.event;
  return event?.code === undefined ? undefined : { code: event.code, details: event.details ?? "" };
}

/**
 * Whether `a` can have been a cause of `b` (Lamport's happened-before): on one side its own order decides, across sides
 * a chain of messages does. False both ways means that the two were concurrent. Both must be events of one merged call.
 */
export function happenedBefore(a: MergedEvent, b: MergedEvent): boolean {
  return a.event !== b.event && b.clock[a.event.side] >= a.clock[a.event.side];
}

/**
 * The greatest number of messages of a direction that had left and not arrived. A producer that is held back by its
 * reader's pace stays below what the buffers on the way hold, however many messages there are. Trusts the clock: which
 * of two concurrent events came first is taken from the merged order. Undefined unless both sides were recorded.
 */
export function mostOnTheWay(call: MergedCall, direction: Direction): number | undefined {
  if (call.sides.size < 2) return undefined;
  const arrived = call.events.findLast(({ event }) => event.kind === direction && senderOf(event.kind) !== event.side);
  const last = arrived?.event.index ?? -1;
  let onTheWay = 0;
  let most = 0;
  for (const { event, peer } of call.events) {
    if (event.kind !== direction) continue;
    if (senderOf(event.kind) !== event.side) onTheWay -= peer === undefined ? 0 : 1;
    // Without a peer, the message did not arrive, or its arrival was not kept. So it is unknown when it was on its way.
    else if (peer !== undefined || (event.index ?? 0) > last) onTheWay += 1;
    most = Math.max(most, onTheWay);
  }
  return most;
}
