import { type Metadata, ServerInterceptingCall, type ServerInterceptor, type status } from "@grpc/grpc-js";
import { type Gate, gate } from "../bridge/test/harness/loopback.js";

/** What the server's side of a call has seen. */
export interface WatchedCall {
  readonly headers: Gate<Metadata>;
  readonly messages: readonly unknown[];
  readonly halfClosed: boolean;
  /** The statuses that the server has sent: none if the client left before. */
  readonly statuses: readonly status[];
  /** Opens when the call is over. */
  readonly over: Gate<void>;
}

/** Sees each call of a server pass. A test can wait for what it sees. */
export interface WatchedCalls {
  readonly interceptor: ServerInterceptor;
  /** The calls that have begun, in their order. */
  readonly calls: readonly WatchedCall[];
  /** The next call that begins: ask before it does. */
  next(): Promise<WatchedCall>;
  /** The calls that are over, once there are `count` of them. */
  over(count: number): Promise<readonly WatchedCall[]>;
}

export function watchedCalls(): WatchedCalls {
  const calls: WatchedCall[] = [];
  const overCalls: WatchedCall[] = [];
  let next = gate<WatchedCall>();
  let another = gate();
  return {
    calls,
    next: () => next.opened,
    async over(count) {
      while (overCalls.length < count) await another.opened;
      return overCalls;
    },
    interceptor: (_method, towardsWire) => {
      const statuses: status[] = [];
      const messages: unknown[] = [];
      const call = { headers: gate<Metadata>(), messages, halfClosed: false, statuses, over: gate() };
      calls.push(call);
      next.open(call);
      next = gate();
      return new ServerInterceptingCall(towardsWire, {
        start: (begin) =>
          begin({
            onReceiveMetadata: (metadata, pass) => {
              call.headers.open(metadata);
              pass(metadata);
            },
            onReceiveMessage: (message, pass) => {
              messages.push(message);
              pass(message);
            },
            onReceiveHalfClose: (pass) => {
              call.halfClosed = true;
              pass();
            },
            // grpc-js says "cancel" once after every call, also after one that went well.
            onCancel: () => {
              overCalls.push(call);
              call.over.open();
              another.open();
              another = gate();
            },
          }),
        sendStatus: (outcome, pass) => {
          if (outcome.code !== undefined) statuses.push(outcome.code);
          pass(outcome);
        },
      });
    },
  };
}
