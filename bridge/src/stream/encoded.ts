/**
 * A message together with its bytes: serialised once, whoever it is sent to and however often.
 *
 * The bridge makes one of every message in the moment in which it accepts it. What happens to the object afterwards
 * cannot change what goes out, a message that cannot be serialised fails there and then, and a queue knows how many
 * bytes it holds (law L21). A server that sends one message to many makes it itself, with {@link encoder}: to 500
 * receivers on one connection that is 1.4 times as fast, and 2.7 times together with the write window (fact 10).
 *
 * Interceptors see these in place of plain messages: those of a server the responses of bridged methods, those of a
 * client the requests of a stream.
 */
export class Encoded<T> {
  /** What was serialised. To change it now changes nothing that goes out. */
  readonly message: T;
  /** What goes out. They are not copied: whoever gave them leaves them as they are. */
  readonly bytes: Buffer;
  /** As how many it counts where messages are counted, and its bytes with them: in the bound of an outbox. */
  readonly count: number;

  /**
   * @param bytes `message`, serialised by the serialiser of the method that it is sent by; nothing checks that
   * @param count 1, unless it stands for several messages; 0 where somebody else has bounded it, as a hub has what it
   *   replays
   */
  constructor(message: T, bytes: Buffer, count = 1) {
    this.message = message;
    this.bytes = bytes;
    this.count = count;
  }

  /** The plain message for whoever looks on without knowing this class: a tap, a log, an interceptor. */
  get [Symbol.for("quartet.message")](): T {
    return this.message;
  }
}

/** What is given to be sent: a message, or one that has its bytes already. */
export type Outgoing<T> = T | Encoded<T>;

/** The message itself, where it may have its bytes already. */
export function plain<T>(message: Outgoing<T>): T {
  return message instanceof Encoded ? message.message : message;
}

/**
 * Serialises the responses of one method ahead of their sending: `const encode = encoder(ChatService.join)`. The
 * function throws what the method's serialiser throws. Of a request one is made by hand:
 * `new Encoded(request, method.requestSerialize(request))`.
 */
export function encoder<T>(method: { responseSerialize(message: T): Buffer }): (message: T) => Encoded<T> {
  return (message) => new Encoded(message, method.responseSerialize(message));
}

/** `serialize`, for a call that may carry messages that have their bytes already. */
export function takingEncoded<T>(serialize: (message: T) => Buffer): (message: Outgoing<T>) => Buffer {
  return (message) => (message instanceof Encoded ? message.bytes : serialize(message));
}
