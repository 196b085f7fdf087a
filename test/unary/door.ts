import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { type Gate, gate } from "../../bridge/test/harness/loopback.js";

/** A call whose request has reached the server, and whose handler has not been asked yet. */
export interface HeldCall {
  /** Lets the request in to its handler. */
  letIn(): void;
  /** Settles when the call is over, with the statuses that the server has sent: none for a client that left. */
  readonly over: Promise<readonly number[]>;
  /** The client's address: one per connection. */
  readonly peer: string;
}

/** Stands between the wire and the handlers, and holds every request until the test lets it in. */
export interface Door {
  readonly interceptor: ServerInterceptor;
  /** The calls that have come, once there are `count` of them. */
  arrived(count: number): Promise<readonly HeldCall[]>;
}

export function door(): Door {
  const held: HeldCall[] = [];
  const awaited: { count: number; calls: Gate<readonly HeldCall[]> }[] = [];

  function tell(): void {
    for (const { count, calls } of awaited) if (held.length >= count) calls.open(held);
  }

  return {
    interceptor: (_method, call) => {
      const over = gate<readonly number[]>();
      const statuses: number[] = [];
      const peer = call.getPeer();
      return new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMessage: (message, pass) => {
              held.push({ letIn: () => pass(message), over: over.opened, peer });
              tell();
            },
            // grpc-js says "cancel" once after every call, also after one that went well.
            onCancel: () => over.open(statuses),
          }),
        sendStatus: (outcome, pass) => {
          if (outcome.code !== undefined) statuses.push(outcome.code);
          pass(outcome);
        },
      });
    },
    arrived(count) {
      const calls = gate<readonly HeldCall[]>();
      awaited.push({ count, calls });
      tell();
      return calls.opened;
    },
  };
}
