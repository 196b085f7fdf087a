import type { Metadata, ServerInterceptingCallInterface, ServerInterceptor, status } from "@grpc/grpc-js";
import { DirectCall, type PassingStatus } from "quartet-bridge";

/**
 * Knows the calls that are open, so that a drain can end those that do not end by themselves with a status of its own:
 * `forceShutdown` alone shows as CANCELLED, which a client takes for its own doing and does not retry.
 */
export class OpenCalls {
  readonly #calls = new Set<OpenCall>();

  /** How many calls are open. */
  get size(): number {
    return this.#calls.size;
  }

  /**
   * To be the last of the server's interceptors, the one nearest the handlers: a status sent here passes all the
   * others.
   */
  readonly interceptor: ServerInterceptor = ({ path }, towardsWire) => new OpenCall(towardsWire, path, this.#calls);

  /**
   * Ends the open calls, or those whose path is chosen, with a status. A peer that does not read gets it when it reads.
   */
  end(code: status, details: string, chosen: (path: string) => boolean = () => true): void {
    for (const call of this.#calls) {
      if (chosen(call.path)) call.end({ code, details });
    }
  }
}

class OpenCall extends DirectCall {
  readonly path: string;
  readonly #open: Set<OpenCall>;
  #endedByHost = false;

  constructor(towardsWire: ServerInterceptingCallInterface, path: string, open: Set<OpenCall>) {
    super(towardsWire);
    this.path = path;
    this.#open = open;
  }

  /** Ends it in its handler's place, once. */
  end(outcome: PassingStatus): void {
    if (this.#endedByHost) return;
    this.#endedByHost = true;
    this.towardsWire.sendStatus(outcome);
  }

  override onReceiveMetadata(metadata: Metadata): void {
    // Not in `start`: a stream that was reset before it began gets no further event, and would stay in the set for ever.
    this.#open.add(this);
    super.onReceiveMetadata(metadata);
  }

  override onCancel(): void {
    this.#open.delete(this);
    super.onCancel();
  }

  override sendMessage(message: unknown, taken: () => void): void {
    // After the host has ended a call, a message of the handler would be a write after the end: it destroys the stream,
    // and the reader gets a reset in place of the status that is still on its way. The handler waits for the write until
    // its call is over.
    if (!this.#endedByHost) super.sendMessage(message, taken);
  }

  override sendStatus(outcome: PassingStatus): void {
    if (!this.#endedByHost) super.sendStatus(outcome);
  }
}
