import type { Metadata, ServerInterceptingCallInterface, ServerInterceptor, status } from "@grpc/grpc-js";
import { DirectCall } from "quartet-bridge";

/**
 * The open calls of a server. A drain ends those that do not end by themselves with a status of its own:
 * `forceShutdown` alone looks like CANCELLED, which a client does not retry.
 */
export class OpenCalls {
  readonly #calls = new Set<OpenCall>();

  /** How many calls are open. */
  get size(): number {
    return this.#calls.size;
  }

  /** Make it the last interceptor of the server, nearest the handlers, so that its status passes all the others. */
  readonly interceptor: ServerInterceptor = ({ path }, towardsWire) => new OpenCall(towardsWire, path, this.#calls);

  /** Ends the open calls, or the chosen ones, with a status. A peer that does not read gets it when it reads. */
  end(code: status, details: string, chosen: (path: string) => boolean = () => true): void {
    for (const call of this.#calls) if (chosen(call.path)) call.end(code, details);
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

  /** Ends the call instead of its handler, once. */
  end(code: status, details: string): void {
    if (this.#endedByHost) return;
    this.#endedByHost = true;
    // A message of the handler would now be a write after the end. It destroys the stream, and the reader gets a reset
    // instead of the status. The handler waits for the write until its call is over.
    this.sendMessage = () => {};
    this.sendStatus = () => {};
    this.towardsWire.sendStatus({ code, details });
  }

  override onReceiveMetadata(metadata: Metadata): void {
    // Not in `start`: a stream that was reset before it began gets no further event, and would stay in the set forever.
    this.#open.add(this);
    super.onReceiveMetadata(metadata);
  }

  override onCancel(): void {
    this.#open.delete(this);
    super.onCancel();
  }
}
