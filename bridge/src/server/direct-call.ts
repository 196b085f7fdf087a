import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface } from "@grpc/grpc-js";

type Listener = Parameters<ServerInterceptingCallInterface["start"]>[0];

/** A status as interceptors of a server pass it on. */
export type PassingStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/**
 * The layer of an interceptor that looks on: it hands everything on in the turn in which it gets it, both ways, and a
 * class extends it by what it wants to see. grpc-js's own holds back what follows metadata or a message that its
 * functions have not passed on yet, with objects for each call and a closure for each message; without two of
 * those layers a unary call costs the server a fourteenth less.
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
  /** As with grpc-js's own layers, nothing follows the end of the call: who was told of it has let go of what it holds. */
  #over = false;
  #sending = false;

  constructor(towardsWire: ServerInterceptingCallInterface) {
    super(towardsWire);
    this.towardsWire = towardsWire;
  }

  /** Whether somebody listens on the handler's side. Not so where another interceptor has refused the call. */
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

  /** The call is over: grpc-js says so once after every call, also after one that went well. */
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
    // The first one through grpc-js's own method, which sees to it that headers go before it.
    this.#sending = true;
    super.sendMessage(message, taken);
  }
}
