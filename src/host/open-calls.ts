import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type status,
} from "@grpc/grpc-js";

interface OpenCall {
  readonly path: string;
  readonly towardsWire: ServerInterceptingCallInterface;
  endedByHost: boolean;
}

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

  /** To be the last of the server's interceptors, the one nearest the handlers: a status sent here passes all the others. */
  readonly interceptor: ServerInterceptor = ({ path }, towardsWire) => {
    const call: OpenCall = { path, towardsWire, endedByHost: false };
    return new ServerInterceptingCall(towardsWire, {
      start: (next) =>
        next({
          // Not in `start`: a stream that was reset before it began gets no further event, and would stay in the set for ever.
          onReceiveMetadata: (metadata, pass) => {
            this.#calls.add(call);
            pass(metadata);
          },
          onCancel: () => this.#calls.delete(call),
        }),
      // After the host has ended a call, a message of the handler would be a write after the end: it destroys the stream, and the
      // reader gets a reset in place of the status that is still on its way. The handler waits for the write until its call is over.
      sendMessage: (message, pass) => {
        if (!call.endedByHost) pass(message);
      },
      sendStatus: (outcome, pass) => {
        if (!call.endedByHost) pass(outcome);
      },
    });
  };

  /** Ends the open calls, or those whose path is chosen, with a status. A peer that does not read gets it when it reads. */
  end(code: status, details: string, chosen: (path: string) => boolean = () => true): void {
    for (const call of this.#calls) {
      if (call.endedByHost || !chosen(call.path)) continue;
      call.endedByHost = true;
      call.towardsWire.sendStatus({ code, details });
    }
  }
}
