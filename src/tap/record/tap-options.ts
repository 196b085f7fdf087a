import type { Direction } from "./event.js";
import { describeMessage, type Label, labelOf } from "./label.js";
import type { EventDetail } from "./recording.js";

export interface TapOptions {
  /** Makes the short text of a message; by default from its fields. */
  readonly label?: Label;
  /**
   * Record the size of each message sent. Off by default, because it serializes every message a second time, except
   * those that bring their bytes.
   */
  readonly bytes?: boolean;
}

type Serialize = (message: unknown) => Uint8Array;

/** What a tap records of the messages of one direction. The sending side provides `serialize`. */
export function messageDetail(
  options: TapOptions,
  path: string,
  direction: Direction,
  serialize?: Serialize,
): (message: unknown) => EventDetail {
  const label = options.label ?? ((_path, _direction, message) => describeMessage(message));
  const size = options.bytes === true ? serialize : undefined;
  return (message) => {
    const bytes = size === undefined ? undefined : measured(size, message);
    return { label: labelOf(label, path, direction, plain(message)), ...(bytes === undefined ? {} : { bytes }) };
  };
}

/**
 * What a message says that travels as an envelope of its bytes: the bridge's `Encoded` shows it under this symbol, so
 * that the two need not know each other.
 */
function plain(message: unknown): unknown {
  const key = Symbol.for("quartet.message");
  return typeof message === "object" && message !== null && key in message
    ? (message as { readonly [key]: unknown })[key]
    : message;
}

function measured(serialize: Serialize, message: unknown): number | undefined {
  try {
    return serialize(message).length;
  } catch {
    // grpc-js will serialize it again, and report the failure as the status of the call.
    return undefined;
  }
}
