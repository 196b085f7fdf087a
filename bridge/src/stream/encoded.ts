/**
 * A message together with its bytes. It is serialized once, even if it is sent many times and to many receivers.
 *
 * The bridge makes one of each message when it accepts the message. So a later change of the object is not sent, a
 * message that cannot be serialized fails at once, and a queue knows its bytes (law L21). To send one message to many
 * clients, make the `Encoded` yourself, with {@link encoder}: with 500 receivers on one connection that is 1.4 times as
 * fast, and 2.7 times together with the write window (fact 10).
 *
 * Interceptors see an `Encoded` instead of a plain message, as a response on a server and as a streamed request on a
 * client.
 */
export class Encoded<T> {
  /** The message that was serialized. Changing it now does not change what is sent. */
  readonly message: T;
  /** The bytes that are sent. They are not copied, so do not change them. */
  readonly bytes: Buffer;
  /** As how many messages this counts in the bound of an outbox. If it is 0, the bytes do not count either. */
  readonly count: number;

  /**
   * @param bytes `message`, serialized with the serializer of the method that sends it; the bridge does not check that
   * @param count 1 by default; more if it stands for several messages; 0 if something else already bounds it, as a hub
   *   bounds the messages that it replays
   */
  constructor(message: T, bytes: Buffer, count = 1) {
    this.message = message;
    this.bytes = bytes;
    this.count = count;
  }

  /** The plain message, for code that does not know this class: a tap, a log, an interceptor. */
  get [Symbol.for("quartet.message")](): T {
    return this.message;
  }
}

/** A message to send, or one that already has its bytes. */
export type Outgoing<T> = T | Encoded<T>;

/** The plain message, also of an {@link Encoded}. */
export function plain<T>(message: Outgoing<T>): T {
  return message instanceof Encoded ? message.message : message;
}

/**
 * Serializes the responses of one method before they are sent: `const encode = encoder(ChatService.join)`. The returned
 * function throws what the method's serializer throws. For a request, construct it yourself:
 * `new Encoded(request, method.requestSerialize(request))`.
 */
export function encoder<T>(method: { responseSerialize(message: T): Buffer }): (message: T) => Encoded<T> {
  return (message) => new Encoded(message, method.responseSerialize(message));
}

/** `serialize`, for a call that may carry messages that already have their bytes. */
export function takingEncoded<T>(serialize: (message: T) => Buffer): (message: Outgoing<T>) => Buffer {
  return (message) => (message instanceof Encoded ? message.bytes : serialize(message));
}

/**
 * The size in bytes from which a message must leave the stream object before the next one may enter. Node counts
 * objects there, so it would hold sixteen messages of 4 MiB as readily as sixteen of 40 bytes.
 */
const large = 16 * 1024;

/** The part of a grpc-js call that writes messages. */
export interface Writer<T, Written = Encoded<T>> {
  readonly writableLength: number;
  on(event: "drain", listener: () => void): unknown;
  write(message: Written, left?: () => void): boolean;
}

/**
 * Returns the function that writes a message to a bridged call, and says whether there is room for the next one. If
 * there is none, `drained` is called when there is.
 *
 * After a cancel 'drain' never comes (fact 6), so a writer that waits for it must be stopped when the call ends.
 */
export function roomFor<T>(call: Writer<T>, drained: () => void): (message: Encoded<T>) => boolean {
  // One listener per call, not one per write (fact 6).
  call.on("drain", drained);
  // With a write window, this callback can come long after the next message has taken the place of this one.
  const left = () => {
    if (call.writableLength === 0) drained();
  };
  return (message) => {
    if (message.bytes.length < large) return call.write(message);
    call.write(message, left);
    return call.writableLength === 0;
  };
}
