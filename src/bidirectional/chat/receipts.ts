/** How many of its last messages the room remembers for each session. */
const messagesKept = 64;
/** How many sessions are remembered after their member has gone. */
const goneKept = 64;

/** The sequence number of each of a session's last messages, by the client's id. */
type Numbers = Map<string, number>;

/**
 * The sequence numbers of each session's last messages. A client that lost its call before the acknowledgement sends
 * the message again on its next call. The room then acknowledges it again, and delivers it only once.
 */
export class Receipts {
  readonly #present = new Map<string, Numbers>();
  readonly #gone = new Map<string, Numbers>();

  /** The number of the message; undefined if it is new, or forgotten. */
  find(sessionId: string, clientMessageId: string): number | undefined {
    return (this.#present.get(sessionId) ?? this.#gone.get(sessionId))?.get(clientMessageId);
  }

  remember(sessionId: string, clientMessageId: string, sequence: number): void {
    const numbers = this.#present.get(sessionId) ?? this.#gone.get(sessionId) ?? new Map<string, number>();
    this.#gone.delete(sessionId);
    this.#present.set(sessionId, numbers.set(clientMessageId, sequence));
    forgetOldest(numbers, messagesKept);
  }

  /** The session's member has gone. It may come back and send its unacknowledged messages again. */
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
