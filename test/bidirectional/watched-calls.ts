import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { type Gate, gate } from "../../bridge/test/harness/loopback.js";

/** What the server's side of a call has come to. */
export interface OverCall {
  /** The statuses that the handler has sent: none for a client that left. */
  readonly statuses: readonly number[];
}

/** Sees every call of a server pass, and can be waited on. */
export interface WatchedCalls {
  readonly interceptor: ServerInterceptor;
  /** The calls that are over, once there are `count` of them. */
  over(count: number): Promise<readonly OverCall[]>;
}

export function watchedCalls(): WatchedCalls {
  const overCalls: OverCall[] = [];
  const waiting: { count: number; calls: Gate<readonly OverCall[]> }[] = [];

  function tell(): void {
    for (const { count, calls } of waiting) if (overCalls.length >= count) calls.open(overCalls);
  }

  return {
    interceptor: (_method, call) => {
      const statuses: number[] = [];
      return new ServerInterceptingCall(call, {
        // grpc-js says "cancel" once after every call, also after one that went well.
        start: (next) =>
          next({
            onCancel: () => {
              overCalls.push({ statuses });
              tell();
            },
          }),
        sendStatus: (outcome, pass) => {
          if (outcome.code !== undefined) statuses.push(outcome.code);
          pass(outcome);
        },
      });
    },
    over(count) {
      const calls = gate<readonly OverCall[]>();
      waiting.push({ count, calls });
      tell();
      return calls.opened;
    },
  };
}
