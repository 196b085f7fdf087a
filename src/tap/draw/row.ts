import type { EventKind, Side } from "../record/event.js";

/**
 * How a row is drawn.
 * - `arrow`: left one side and arrived at the other, as one line
 * - `departs`, `arrives`: the two ends of what was on its way while other things happened
 * - `lost`: left, and the other side's call was over before it was read
 * - `unsent`: was to leave, and the call was over before it had a connection
 * - `local`: stays on one lifeline
 * - `gap`: messages that the bounded recording did not keep
 */
export type Shape = "arrow" | "departs" | "arrives" | "lost" | "unsent" | "local" | "gap";

/** One line of a diagram, before anything is folded. */
export interface Row {
  readonly shape: Shape;
  readonly kind: EventKind;
  /** The side that it departs from; for `local`, the lifeline on which it stays. */
  readonly from: Side;
  readonly text: string;
  /** When it departed, if that is known. */
  readonly atNs: bigint;
  readonly index?: number;
  readonly code?: number;
  /** A text with metadata in two parts: the text, and the metadata entries, for a row that is too wide for one line. */
  readonly apart?: { readonly text: string; readonly metadata: readonly string[] };
  /** Only for `gap`: how many of each kind are missing. */
  readonly missing?: Readonly<Partial<Record<EventKind, number>>>;
}
