import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { type Gate, gate } from "../../bridge/test/harness/loopback.js";

/** What the server's side of a call has come to. */
export interface OverCall {
  readonly path: string;
  readonly peer: string;
  /** The statuses that the handler has sent: none for a client that left. */
  readonly statuses: readonly number[];
}

/** Sees every call of a server pass, and can be waited on. */
export interface WatchedCalls {
  readonly interceptor: ServerInterceptor;
  /** Settles when `count` messages have come in, all calls together. */
  received(count: number): Promise<void>;
  /** The calls that are over, once there are `count` of them. */
  over(count: number): Promise<readonly OverCall[]>;
}

export function watchedCalls(): WatchedCalls {
  const overCalls: OverCall[] = [];
  const waiting: { reached(): boolean; gate: Gate<void> }[] = [];
  let messages = 0;

  function tell(): void {
    for (const { reached, gate: waiter } of waiting) if (reached()) waiter.open();
  }
  function when(reached: () => boolean): Promise<void> {
    const waiter = gate();
    waiting.push({ reached, gate: waiter });
    tell();
    return waiter.opened;
  }

  return {
    interceptor: ({ path }, call) => {
      const statuses: number[] = [];
      const peer = call.getPeer();
      return new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMessage: (message, pass) => {
              messages += 1;
              pass(message);
              tell();
            },
            // grpc-js says "cancel" once after every call, also after one that went well.
            onCancel: () => {
              overCalls.push({ path, peer, statuses });
              tell();
            },
          }),
        sendStatus: (outcome, pass) => {
          if (outcome.code !== undefined) statuses.push(outcome.code);
          pass(outcome);
        },
      });
    },
    received: (count) => when(() => messages >= count),
    over: (count) => when(() => overCalls.length >= count).then(() => overCalls),
  };
}
