import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerOptions,
} from "@grpc/grpc-js";
import { Encoded } from "./encoded.js";

/**
 * How much of one call's responses may be on the way to HTTP/2 at a time. A window of one message, which is what
 * grpc-js has, costs a turn of the event loop and a system call for each; a window without a bound is a queue without
 * one. The bounds hold per call, and for a reader that stalls this is what the server holds for it.
 */
export interface WriteWindow {
  /** Messages; 128 by default. */
  readonly messages?: number;
  /** Bytes, serialised; 16 KiB by default. A message that is larger than this waits for its own write alone. */
  readonly bytes?: number;
}

/** What a window takes where nothing else is said: docs/performance.md has the measurements. */
export const defaultWriteWindow = { messages: 128, bytes: 16 * 1024 } as const;

/**
 * The options of a grpc-js server, with a write window on every response stream. It is nearest the wire, so that
 * interceptors see what they would see without it: one message at a time, each after the one before it was taken.
 *
 *     const server = new Server(streamingServerOptions({ interceptors: [log] }));
 *
 * Interceptors are given to it, as here: set beside its result, they would take the place of the window.
 *
 * @throws RangeError if a bound of the window is not a number of at least 1
 */
export function streamingServerOptions(options: ServerOptions = {}, window: WriteWindow = {}): ServerOptions {
  const longest = options["grpc.max_send_message_length"] ?? -1;
  return { ...options, interceptors: [writeWindow(window, longest), ...(options.interceptors ?? [])] };
}

/**
 * Takes messages ahead of HTTP/2, up to the bounds of the window: Node then puts many of them into one write. What is
 * not {@link Encoded} is not measured, and passes at grpc-js's own pace.
 *
 * @param longest the server's `grpc.max_send_message_length`; -1 is none
 * @throws RangeError if a bound is not a number of at least 1
 */
function writeWindow(
  { messages = defaultWriteWindow.messages, bytes = defaultWriteWindow.bytes }: WriteWindow,
  longest: number,
): ServerInterceptor {
  for (const [name, bound] of Object.entries({ messages, bytes })) {
    if (!(bound >= 1)) throw new RangeError(`the ${name} of a write window must be at least 1, not ${bound}`);
  }
  // A longer message is refused by grpc-js with a status of its own and without a word to us: whatever came after it,
  // taken early, would be a write after the end, which destroys the stream and that status with it.
  const largest = longest < 0 ? bytes : Math.min(bytes, longest);
  return (method, call) =>
    method.responseStream ? new WindowedCall(call, messages, bytes, largest) : new ServerInterceptingCall(call);
}

class WindowedCall extends ServerInterceptingCall {
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  readonly #largest: number;
  readonly #deadline: number;
  #messages = 0;
  #bytes = 0;
  /** The writer that is told when there is room again. There is one at most: it writes nothing before that. */
  #waiting: (() => void) | undefined;

  constructor(call: ServerInterceptingCallInterface, messages: number, bytes: number, largest: number) {
    super(call);
    this.#mostMessages = messages;
    this.#mostBytes = bytes;
    this.#largest = largest;
    this.#deadline = Number(call.getDeadline());
  }

  override sendMessage(message: unknown, taken: () => void): void {
    const size = message instanceof Encoded ? message.bytes.length : Number.POSITIVE_INFINITY;
    // At the deadline grpc-js ends the stream by itself, and tells no interceptor: from then on nothing is taken early,
    // or the next message would be a write after the end.
    if (size > this.#largest || this.#deadline <= Date.now() + 1) {
      super.sendMessage(message, taken);
      return;
    }
    this.#messages += 1;
    this.#bytes += size;
    super.sendMessage(message, () => {
      this.#messages -= 1;
      this.#bytes -= size;
      if (this.#waiting && this.#hasEmptied()) {
        const tell = this.#waiting;
        this.#waiting = undefined;
        tell();
      }
    });
    if (this.#messages < this.#mostMessages && this.#bytes < this.#mostBytes) taken();
    else this.#waiting = taken;
  }

  /** Half empty: a writer that is woken for a place at a time writes one message at a time again. */
  #hasEmptied(): boolean {
    return this.#messages <= this.#mostMessages / 2 && this.#bytes <= this.#mostBytes / 2;
  }
}
