import { type Metadata, ServerInterceptingCall, type ServerInterceptor, type status } from "@grpc/grpc-js";
import type { SummarizeRequest } from "#gen/quartet/statistics/v1/statistics.js";
import { type Gate, gate } from "../../bridge/test/harness/loopback.js";

/** What the server's end of one call of Summarize has seen. */
export interface WitnessedCall {
  readonly headers: Gate<Metadata>;
  readonly messages: SummarizeRequest[];
  readonly halfClosed: Gate<void>;
  /** Opens when the call is over, with the code that the server has sent; undefined if the client left before. */
  readonly over: Gate<status | undefined>;
}

export interface Witness {
  readonly interceptor: ServerInterceptor;
  /** The calls that have begun, in their order. */
  readonly calls: WitnessedCall[];
  /** The next call that begins; ask before it does. */
  next(): Promise<WitnessedCall>;
}

/** A server interceptor that looks on. */
export function witness(): Witness {
  const calls: WitnessedCall[] = [];
  const waiting: ((call: WitnessedCall) => void)[] = [];
  return {
    calls,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    interceptor: ({ path }, towardsWire) => {
      if (!path.endsWith("/Summarize")) return new ServerInterceptingCall(towardsWire);
      const call: WitnessedCall = {
        headers: gate(),
        messages: [],
        halfClosed: gate(),
        over: gate(),
      };
      let sent: status | undefined;
      calls.push(call);
      waiting.shift()?.(call);
      return new ServerInterceptingCall(towardsWire, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, pass) => {
              call.headers.open(metadata);
              pass(metadata);
            },
            onReceiveMessage: (message: SummarizeRequest, pass) => {
              call.messages.push(message);
              pass(message);
            },
            onReceiveHalfClose: (pass) => {
              call.halfClosed.open();
              pass();
            },
            // grpc-js says "cancel" once after every call, also after one that went well.
            onCancel: () => call.over.open(sent),
          }),
        sendStatus: (outcome, pass) => {
          sent = outcome.code;
          pass(outcome);
        },
      });
    },
  };
}
