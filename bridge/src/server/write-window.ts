import type {
  ServerInterceptingCall,
  ServerInterceptingCallInterface,
  ServerInterceptor,
  ServerOptions,
} from "@grpc/grpc-js";
import { Encoded } from "../stream/encoded.js";
import { DirectCall } from "./direct-call.js";

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
 * Pass your interceptors as above. If you set them on the result, they replace the window.
 *
 * @throws RangeError if a bound of the window is not a finite number of at least 1
 */
export function streamingServerOptions(options: ServerOptions = {}, window: WriteWindow = {}): ServerOptions {
  return { ...options, interceptors: [writeWindow(window), ...(options.interceptors ?? [])] };
}

/**
 * Acknowledges messages ahead of HTTP/2, up to the bounds of the window, so that Node puts many of them into one write.
 * A message that is not {@link Encoded} cannot be measured, and is acknowledged when grpc-js has written it.
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
      : // A call with one response needs no window: the next interceptor gets the call itself. An empty layer would
        // slow each unary call by 1 %.
        (call as ServerInterceptingCall);
}

class WindowedCall extends DirectCall {
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  #messages = 0;
  #bytes = 0;
  #ended = false;
  /** Called when there is room again: callbacks of the writer, and of an interceptor that sends its own messages. */
  #waiting: (() => void)[] = [];

  constructor(call: ServerInterceptingCallInterface, messages: number, bytes: number) {
    super(call);
    this.#mostMessages = messages;
    this.#mostBytes = bytes;
    // grpc-js also ends a call by itself, without telling an interceptor (fact 23): at the deadline, for a request that
    // it cannot take, for a response that is too large. It calls this method to do so.
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (status) => {
      this.#ended = true;
      sendStatus(status);
    };
  }

  override sendMessage(message: unknown, taken: () => void): void {
    // A write after the end would remove the trailers: the client would wait forever for its status (fact 32).
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

  /** Half empty: a writer that is woken for each free place would write single messages again. */
  #hasEmptied(): boolean {
    return this.#messages <= this.#mostMessages / 2 && this.#bytes <= this.#mostBytes / 2;
  }
}
