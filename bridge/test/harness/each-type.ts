import type { CallContext, Caller, CallOptions, Handlers, SingleHandle, Source, StreamHandle } from "quartet-bridge";
import { NEVER, type Observable } from "rxjs";
import { collect, type Probe, ProbeService } from "./probe.js";

/** The four types of calls, for tests of what they have in common. */
export type Type = keyof typeof ProbeService;
export const types = Object.keys(ProbeService) as readonly Type[];

type Calls = Caller<typeof ProbeService>;
const two: readonly Probe[] = [{ n: 1 }, { n: 2 }];

/** Makes a call of each type, and collects its responses. If the type has a single request, it sends the first one. */
export const callOf: {
  readonly [Name in Type]: (calls: Calls, options?: CallOptions, requests?: readonly Probe[]) => Promise<Probe[]>;
} = {
  unary: async (calls, options, [request = { n: 1 }] = two) => [await calls.unary(request, options)],
  serverStreaming: (calls, options, [request = { n: 1 }] = two) => collect(calls.serverStreaming(request, options)),
  clientStreaming: async (calls, options, requests = two) => [await calls.clientStreaming(requests, options)],
  bidirectional: (calls, options, requests = two) => collect(calls.bidirectional(requests, options)),
};

/** The handle of a call of each type. A stream of requests never ends. */
export const begin: {
  readonly [Name in Type]: (
    calls: Calls,
    options?: CallOptions,
    requests?: Source<Probe>,
  ) => SingleHandle<Probe> | StreamHandle<Probe>;
} = {
  unary: (calls, options) => calls.unary.start({ n: 1 }, options),
  serverStreaming: (calls, options) => calls.serverStreaming.start({ n: 1 }, options),
  clientStreaming: (calls, options, requests = NEVER) => calls.clientStreaming.start(requests, options),
  bidirectional: (calls, options, requests = NEVER) => calls.bidirectional.start(requests, options),
};

/** Reads a call to its end. */
export function readAll(handle: SingleHandle<Probe> | StreamHandle<Probe>): Promise<Probe | Probe[]> {
  return "response" in handle ? handle.response : collect(handle);
}

/** The Observable of a call of each type. */
export const observe: {
  readonly [Name in Type]: (calls: Calls, requests: Source<Probe>, options?: CallOptions) => Observable<Probe>;
} = {
  unary: (calls, _requests, options) => calls.unary.observe({ n: 1 }, options),
  serverStreaming: (calls, _requests, options) => calls.serverStreaming.observe({ n: 1 }, options),
  clientStreaming: (calls, requests, options) => calls.clientStreaming.observe(requests, options),
  bidirectional: (calls, requests, options) => calls.bidirectional.observe(requests, options),
};

export const forms = ["as it is", "observed", "started"] as const;

/** Makes a call of one type in each possible form, and reads it to its end. */
export function formsOf(
  calls: Calls,
  type: Type,
  options?: CallOptions,
  requests: readonly Probe[] = two,
): Record<(typeof forms)[number], () => Promise<unknown>> {
  return {
    "as it is": () => callOf[type](calls, options, requests),
    observed: () =>
      new Promise((resolve, reject) => {
        observe[type](calls, requests, options).subscribe({ complete: () => resolve(undefined), error: reject });
      }),
    started: () => readAll(begin[type](calls, options, requests)),
  };
}

/** Handlers that all answer with the one message that `answer` returns, or fail as it does. */
export function answering(answer: (call: CallContext) => Probe | Promise<Probe>): Handlers<typeof ProbeService> {
  const one = async (call: CallContext) => [await answer(call)];
  return {
    unary: (_request, call) => answer(call),
    serverStreaming: (_request, call) => one(call),
    clientStreaming: (_requests, call) => answer(call),
    bidirectional: (_requests, call) => one(call),
  };
}

/** Handlers that call `act` and then answer with one message. */
export function acting(act: (call: CallContext) => unknown): Handlers<typeof ProbeService> {
  return answering((call) => {
    act(call);
    return { n: 1 };
  });
}

/** Handlers that answer with what they receive: with the request and 100, or with the sum of the requests. */
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
