import type {
  ServerInterceptingCall,
  ServerInterceptingCallInterface,
  ServerInterceptor,
  ServerOptions,
} from "@grpc/grpc-js";
import { Encoded } from "../stream/encoded.js";
import { DirectCall } from "./direct-call.js";

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
 * @throws RangeError if a bound of the window is not a finite number of at least 1
 */
export function streamingServerOptions(options: ServerOptions = {}, window: WriteWindow = {}): ServerOptions {
  return { ...options, interceptors: [writeWindow(window), ...(options.interceptors ?? [])] };
}

/**
 * Takes messages ahead of HTTP/2, up to the bounds of the window: Node then puts many of them into one write. What is
 * not {@link Encoded} is not measured, and passes at grpc-js's own pace.
 *
 * @throws RangeError if a bound is not a finite number of at least 1
 */
function writeWindow({
  messages = defaultWriteWindow.messages,
  bytes = defaultWriteWindow.bytes,
}: WriteWindow): ServerInterceptor {
  for (const [name, bound] of Object.entries({ messages, bytes })) {
    if (!(bound >= 1 && bound < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`the ${name} of a write window must be at least 1 and finite, not ${bound}`);
    }
  }
  return (method, call) =>
    method.responseStream
      ? new WindowedCall(call, messages, bytes)
      : // Nothing to do: what is above talks to the call itself, which has all that it asks for. A layer that does nothing
        // would cost each unary call a hundredth.
        (call as ServerInterceptingCall);
}

class WindowedCall extends DirectCall {
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  #messages = 0;
  #bytes = 0;
  #ended = false;
  /** Those who are told when there is room again: the writer, and an interceptor that sends messages of its own. */
  #waiting: (() => void)[] = [];

  constructor(call: ServerInterceptingCallInterface, messages: number, bytes: number) {
    super(call);
    this.#mostMessages = messages;
    this.#mostBytes = bytes;
    // grpc-js ends a call by itself too, and tells no interceptor (fact 23): at the deadline, for a request that it
    // cannot take, for a response that is too large. It does so with this very method.
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (status) => {
      this.#ended = true;
      sendStatus(status);
    };
  }

  override sendMessage(message: unknown, taken: () => void): void {
    // A write after the end would take the trailers away: the client would wait for its status for ever (fact 32).
    if (this.#ended) return;
    const size = message instanceof Encoded ? message.bytes.length : Number.POSITIVE_INFINITY;
    if (size > this.#mostBytes) {
      super.sendMessage(message, taken);
      return;
    }
    this.#messages += 1;
    this.#bytes += size;
    super.sendMessage(message, () => {
      this.#messages -= 1;
      this.#bytes -= size;
      if (this.#waiting.length > 0 && this.#hasEmptied()) for (const tell of this.#waiting.splice(0)) tell();
    });
    if (this.#messages < this.#mostMessages && this.#bytes < this.#mostBytes) taken();
    else this.#waiting.push(taken);
  }

  /** Half empty: a writer that is woken for a place at a time writes one message at a time again. */
  #hasEmptied(): boolean {
    return this.#messages <= this.#mostMessages / 2 && this.#bytes <= this.#mostBytes / 2;
  }
}
