import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface } from "@grpc/grpc-js";

type Listener = Parameters<ServerInterceptingCallInterface["start"]>[0];

/** A status in the form in which interceptors of a server pass it on. */
export type PassingStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/**
 * The base class of an interceptor that only observes: a subclass overrides the methods that it observes. It passes
 * everything on in the same turn. grpc-js's own layer costs objects per call and a closure per message: without two of
 * those layers, a unary call costs the server a fourteenth less.
 *
 *     class CountedCall extends DirectCall {
 *       override onReceiveMessage(message: unknown) {
 *         count += 1;
 *         super.onReceiveMessage(message);
 *       }
 *     }
 *     const counted: ServerInterceptor = (_method, call) => new CountedCall(call);
 */
export class DirectCall extends ServerInterceptingCall implements Listener {
  protected readonly towardsWire: ServerInterceptingCallInterface;
  #towardsHandler: Listener | undefined;
  /** As in grpc-js's own layers, nothing follows the end of the call: its listeners have released what they held. */
  #over = false;
  #sending = false;

  constructor(towardsWire: ServerInterceptingCallInterface) {
    super(towardsWire);
    this.towardsWire = towardsWire;
  }

  /** Whether anything listens on the handler's side. If another interceptor has refused the call, nothing does. */
  protected get started(): boolean {
    return this.#towardsHandler !== undefined;
  }

  override start(listener: Listener): void {
    this.#towardsHandler = listener;
    this.towardsWire.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    if (!this.#over) this.#towardsHandler?.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    if (!this.#over) this.#towardsHandler?.onReceiveMessage(message);
  }

  onReceiveHalfClose(): void {
    if (!this.#over) this.#towardsHandler?.onReceiveHalfClose();
  }

  /** The call is over. grpc-js says so once after every call, also after a success. */
  onCancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#towardsHandler?.onCancel();
  }

  override sendMessage(message: unknown, taken: () => void): void {
    if (this.#sending) {
      this.towardsWire.sendMessage(message, taken);
      return;
    }
    // The first message goes through grpc-js's own method, which makes sure that headers are sent before it.
    this.#sending = true;
    super.sendMessage(message, taken);
  }
}
