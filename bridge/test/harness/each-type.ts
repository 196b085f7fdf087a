import type { CallContext, Caller, CallHandle, CallOptions, Handlers } from "quartet-bridge";
import { NEVER } from "rxjs";
import { collect, type Probe, ProbeService } from "./probe.js";

/** For tests of what the four types of call have in common: a call and a handler of each. */
export type Type = keyof typeof ProbeService;
export const types = Object.keys(ProbeService) as readonly Type[];

type Calls = Caller<typeof ProbeService>;
const two: readonly Probe[] = [{ n: 1 }, { n: 2 }];

/** A call of each type, to its end, and all that it answers with. Without a stream of requests, the first one is sent. */
export const callOf: {
  readonly [Name in Type]: (calls: Calls, options?: CallOptions, requests?: readonly Probe[]) => Promise<Probe[]>;
} = {
  unary: async (calls, options, [request = { n: 1 }] = two) => [await calls.unary(request, options)],
  serverStreaming: (calls, options, [request = { n: 1 }] = two) => collect(calls.serverStreaming(request, options)),
  clientStreaming: async (calls, options, requests = two) => [await calls.clientStreaming(requests, options)],
  bidirectional: (calls, options, requests = two) => collect(calls.bidirectional(requests, options)),
};

/** The handle of a call of each type; a stream of requests never ends. */
export const begin: { readonly [Name in Type]: (calls: Calls, options?: CallOptions) => CallHandle } = {
  unary: (calls, options) => calls.unary.start({ n: 1 }, options),
  serverStreaming: (calls, options) => calls.serverStreaming.start({ n: 1 }, options),
  clientStreaming: (calls, options) => calls.clientStreaming.start(NEVER, options),
  bidirectional: (calls, options) => calls.bidirectional.start(NEVER, options),
};

export const forms = ["as it is", "observed", "started"] as const;

/** A call of a type in each form in which it can be made, to its end. */
export function formsOf(
  calls: Calls,
  type: Type,
  options?: CallOptions,
  requests: readonly Probe[] = two,
): Record<(typeof forms)[number], () => Promise<unknown>> {
  // One value that serves as the single request and as the stream of them.
  const argument: Probe[] & Probe = Object.assign([...requests], { n: 1 });
  return {
    "as it is": () => callOf[type](calls, options, requests),
    observed: () =>
      new Promise((resolve, reject) => {
        calls[type].observe(argument, options).subscribe({ complete: () => resolve(undefined), error: reject });
      }),
    started: () =>
      ProbeService[type].responseStream
        ? collect(calls[type as "bidirectional"].start(argument, options))
        : calls[type as "unary"].start(argument, options).response,
  };
}

/** Handlers that all answer with the one message that `answer` gives, or fail as it does. */
export function answering(answer: (call: CallContext) => Probe | Promise<Probe>): Handlers<typeof ProbeService> {
  const one = async (call: CallContext) => [await answer(call)];
  return {
    unary: (_request, call) => answer(call),
    serverStreaming: (_request, call) => one(call),
    clientStreaming: (_requests, call) => answer(call),
    bidirectional: (_requests, call) => one(call),
  };
}

/** Handlers that answer with what they are sent: 100 after the one request of a stream, and the sum of a stream. */
export const echo: Handlers<typeof ProbeService> = {
  unary: (request) => request,
  serverStreaming: (request) => [request, { n: 100 }],
  async clientStreaming(requests) {
    let n = 0;
    for await (const request of requests) n += request.n;
    return { n };
  },
  bidirectional: (requests) => requests,
};

const never = () => new Promise<never>(() => {});

/** Handlers that never answer. */
export const stuck: Handlers<typeof ProbeService> = {
  unary: never,
  serverStreaming: () => NEVER,
  clientStreaming: never,
  bidirectional: () => NEVER,
};
