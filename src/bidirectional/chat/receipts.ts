/** How many messages of each session a room remembers. */
const messagesKept = 64;
/** How many sessions whose members have gone; of those that are in, each. */
const goneKept = 64;

/** Which number each of a session's last messages got, by the client's id. */
type Numbers = Map<string, number>;

/**
 * Which number each session's last messages got. A client that lost its call before the acknowledgement says the same
 * again, on a new call: with this it is told the number, and the room does not hear it twice.
 */
export class Receipts {
  readonly #present = new Map<string, Numbers>();
  readonly #gone = new Map<string, Numbers>();

  /** The number that the message got; undefined if it is new, or too long ago. */
  find(sessionId: string, clientMessageId: string): number | undefined {
    return (this.#present.get(sessionId) ?? this.#gone.get(sessionId))?.get(clientMessageId);
  }

  remember(sessionId: string, clientMessageId: string, sequence: number): void {
    const numbers = this.#present.get(sessionId) ?? this.#gone.get(sessionId) ?? new Map<string, number>();
    this.#gone.delete(sessionId);
    this.#present.set(sessionId, numbers.set(clientMessageId, sequence));
    forgetOldest(numbers, messagesKept);
  }

  /** The session's member has gone. It may come back, and say again what it could not know to be heard. */
  hasGone(sessionId: string): void {
    const numbers = this.#present.get(sessionId);
    if (numbers === undefined) return;
    this.#present.delete(sessionId);
    this.#gone.set(sessionId, numbers);
    forgetOldest(this.#gone, goneKept);
  }
}

/** A Map gives its keys in the order in which they were put in. */
function forgetOldest<Key>(map: Map<Key, unknown>, kept: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= kept) return;
    map.delete(oldest);
  }
}
