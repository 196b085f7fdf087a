import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import type { JoinRequest } from "#gen/quartet/chat/v1/chat.js";
import type { FromServer } from "./protocol.js";

interface JoinCall {
  readonly peer: string;
  name: string;
}

/** Follows the chat's calls at the server, from the wire's side, and tells whom the server cuts, and who is gone. */
export interface WatchedCalls {
  readonly interceptor: ServerInterceptor;
  /** How many calls are open. */
  readonly open: number;
  /** The peer has not taken the status of a call in time, and its connection goes. */
  stalled(peer: string): void;
}

export function watchedCalls(tell: (message: FromServer) => void): WatchedCalls {
  const calls = new Set<JoinCall>();
  return {
    interceptor: (_method, towardsWire) => {
      const call: JoinCall = { peer: towardsWire.getPeer(), name: "" };
      return new ServerInterceptingCall(towardsWire, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, pass) => {
              calls.add(call);
              pass(metadata);
            },
            onReceiveMessage: (message: JoinRequest, pass) => {
              if (message.frame?.$case === "enter") call.name = message.frame.enter.name;
              pass(message);
            },
            // grpc-js says "cancel" once after every call, also after one that went well.
            onCancel: () => {
              calls.delete(call);
              if (![...calls].some(({ name }) => name === call.name)) tell({ says: "gone", name: call.name });
            },
          }),
      });
    },
    get open() {
      return calls.size;
    },
    // Each member has a connection of its own.
    stalled(peer) {
      for (const call of calls) if (call.peer === peer) tell({ says: "cut", name: call.name });
    },
  };
}
