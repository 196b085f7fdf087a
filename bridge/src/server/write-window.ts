import {
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerOptions,
  status,
} from "@grpc/grpc-js";
import { Encoded } from "../stream/encoded.js";
import { DirectCall, type PassingStatus } from "./direct-call.js";

/**
 * How much of one call's responses may be on the way to HTTP/2 at a time. grpc-js has a window of one message, which
 * costs a turn of the event loop and a system call per message. The bounds are per call: for each stalled reader the
 * server holds one full window.
 */
export interface WriteWindow {
  /** Messages; 128 by default. */
  readonly messages?: number | undefined;
  /** Serialized bytes; 16 KiB by default. A message that is larger than this is written alone. */
  readonly bytes?: number | undefined;
}

/** The default bounds; docs/performance.md has the measurements. */
export const defaultWriteWindow = { messages: 128, bytes: 16 * 1024 } as const;

/**
 * The options of a grpc-js server, with a write window on every response stream. The window is nearest the wire, so
 * your interceptors still see one message at a time, each after the previous one was acknowledged.
 *
 *     const server = new Server(streamingServerOptions({ interceptors: [log] }));
 *
 * Pass your interceptors and `grpc.max_send_message_length` as above. Interceptors that you set on the result replace
 * the window, and it does not know a limit that you set there.
 *
 * @throws RangeError if a bound of the window is not a finite number of at least 1
 */
export function streamingServerOptions(options: ServerOptions = {}, window: WriteWindow = {}): ServerOptions {
  const { "grpc.max_send_message_length": longest = -1, interceptors = [] } = options;
  return { ...options, interceptors: [writeWindow(window, longest), ...interceptors] };
}

/**
 * Acknowledges messages ahead of HTTP/2, up to the bounds of the window, so that Node puts many of them into one write.
 * A message that is not {@link Encoded} cannot be measured, and is acknowledged when grpc-js has written it.
 *
 * @param longest how many bytes a message may have, as grpc-js counts them; -1 for any number
 * @throws RangeError if a bound is not a finite number of at least 1
 */
function writeWindow(
  { messages = defaultWriteWindow.messages, bytes = defaultWriteWindow.bytes }: WriteWindow,
  longest: number,
): ServerInterceptor {
  for (const [name, bound] of Object.entries({ messages, bytes })) {
    if (!(bound >= 1 && bound < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`the ${name} of a write window must be at least 1 and finite, not ${bound}`);
    }
  }
  return (method, call) =>
    method.responseStream
      ? new WindowedCall(call, messages, bytes, longest)
      : // A call with one response needs no window: the next interceptor gets the call itself. An empty layer would
        // slow each unary call by 1 %.
        (call as ServerInterceptingCall);
}

/** `queueMicrotask` costs more: it keeps an async context. */
const settled = Promise.resolve();

/**
 * Sends the messages of one turn together, and the next messages when none of these is on its way any more. grpc-js
 * ends a call by itself without telling an interceptor (fact 23): at the deadline, or for a request that it cannot
 * take. A message that grpc-js gets after that removes the trailers, but only while an earlier message is on its way
 * (fact 32).
 */
class WindowedCall extends DirectCall {
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  readonly #longest: number;
  /** The messages that were given and not yet sent. */
  #queue: unknown[] = [];
  /** Of the queue, and of the messages on their way. */
  #messages = 0;
  #bytes = 0;
  #onTheWay = 0;
  #bytesOnTheWay = 0;
  #written = 0;
  #willSend = false;
  /** Called when there is room again: callbacks of the writer, and of an interceptor that sends its own messages. */
  #waiting: (() => void)[] = [];
  #ending: PassingStatus | undefined;

  constructor(call: ServerInterceptingCallInterface, messages: number, bytes: number, longest: number) {
    super(call);
    this.#mostMessages = messages;
    this.#mostBytes = bytes;
    this.#longest = longest;
  }

  override sendMessage(message: unknown, taken: () => void): void {
    if (this.#ending) return;
    if (this.#longest !== -1 && message instanceof Encoded && message.bytes.length > this.#longest) {
      this.#refuse(message.bytes.length);
      return;
    }
    this.#queue.push(message);
    this.#messages += 1;
    this.#bytes += this.#sizeOf(message);
    if (this.#onTheWay === 0 && !this.#willSend) {
      this.#willSend = true;
      // After everything that this turn has started: an async generator gives its messages one promise after the other.
      settled.then(() => process.nextTick(() => this.#send()));
    }
    if (this.#messages < this.#mostMessages && this.#bytes < this.#mostBytes) taken();
    else this.#waiting.push(taken);
  }

  override sendStatus(ending: PassingStatus): void {
    this.#ending ??= ending;
    if (this.#queue.length === 0) super.sendStatus(this.#ending);
  }

  /** grpc-js would refuse it too, but only after it had taken later messages, and without telling the window. */
  #refuse(size: number): void {
    const details = `Sent message larger than max (${size} vs. ${this.#longest})`;
    this.sendStatus({ code: status.RESOURCE_EXHAUSTED, details, metadata: null });
    // The trailers wait for the reader. The source must not.
    process.nextTick(() => this.onCancel());
  }

  /** A message that cannot be measured fills the window. */
  #sizeOf(message: unknown): number {
    return message instanceof Encoded ? message.bytes.length : this.#mostBytes;
  }

  #send(): void {
    this.#willSend = false;
    const queue = this.#queue;
    this.#queue = [];
    for (let index = 0; index < queue.length; index += 1) {
      const message = queue[index];
      this.#onTheWay += 1;
      this.#bytesOnTheWay += this.#sizeOf(message);
      super.sendMessage(message, this.#hasWritten);
      if (message instanceof Encoded) continue;
      // grpc-js ends the call if it cannot serialize this message, so the later messages wait.
      this.#queue = queue.slice(index + 1);
      break;
    }
    if (this.#ending && this.#queue.length === 0) super.sendStatus(this.#ending);
  }

  readonly #hasWritten = (): void => {
    this.#written += 1;
    // An end that waited for these messages comes after this callback in the same turn, so later messages come later.
    if (this.#written === this.#onTheWay) process.nextTick(() => this.#arrived());
  };

  #arrived(): void {
    if (this.#written < this.#onTheWay) return;
    this.#messages -= this.#onTheWay;
    this.#bytes -= this.#bytesOnTheWay;
    this.#onTheWay = 0;
    this.#bytesOnTheWay = 0;
    this.#written = 0;
    if (this.#queue.length > 0) this.#send();
    // Until half of the window is free: a writer that is woken for each free place would write single messages again.
    if (this.#messages > this.#mostMessages / 2 || this.#bytes > this.#mostBytes / 2) return;
    for (const tell of this.#waiting.splice(0)) tell();
  }
}
