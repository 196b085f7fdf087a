/** How many sessions a room remembers, those that have left included, and how many messages of each. */
const sessionsKept = 256;
const messagesKept = 64;

/**
 * Which number each session's last messages got. A client that lost its call before the acknowledgement says the same
 * again, on a new call: with this it is told the number, and the room does not hear it twice.
 */
export class Receipts {
  readonly #sessions = new Map<string, Map<string, number>>();

  /** The number that the message got; undefined if it is new, or too long ago. */
  find(sessionId: string, clientMessageId: string): number | undefined {
    return this.#sessions.get(sessionId)?.get(clientMessageId);
  }

  remember(sessionId: string, clientMessageId: string, sequence: number): void {
    const messages = this.#sessions.get(sessionId) ?? new Map<string, number>();
    // Taken out and put in again, so that the session that has been silent longest is the first to be forgotten.
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, messages.set(clientMessageId, sequence));
    forgetOldest(messages, messagesKept);
    forgetOldest(this.#sessions, sessionsKept);
  }
}

/** A Map gives its keys in the order in which they were put in. */
function forgetOldest<Key>(map: Map<Key, unknown>, kept: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= kept) return;
    map.delete(oldest);
  }
}
