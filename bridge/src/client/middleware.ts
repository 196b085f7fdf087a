import { type Client, Metadata, type MethodDefinition, type StatusObject, status } from "@grpc/grpc-js";
import type { Subscription } from "rxjs";
import { CallError } from "../errors/call-error.js";
import { reportLate, reportUnexpected } from "../errors/diagnostics.js";
import { isForTheWire, isStatus } from "../errors/status-error.js";
import { aborted } from "../stream/aborted.js";
import { type Awaitable, isPromiseLike } from "../stream/awaitable.js";
import type { AnyMethod, Known, MethodName } from "../stream/definition.js";
import { isMetadata, metadataFrom } from "../stream/metadata.js";
import { type CallHooks, Hooks } from "../stream/middleware.js";
import { ReportingObservable } from "../stream/reporting-observable.js";
import { type CallOptions, deadlineFrom } from "./call-options.js";
import { type CalledMethod, type Requests, type SingleCall, type StreamCall, sourceOf } from "./client-call.js";
import { Held } from "./held.js";

/** A call of a client that is about to begin, as its middleware sees it. */
export interface ClientContext {
  /** The full path of the method, `/package.Service/Method`. */
  readonly path: string;
  /** The request headers, a copy for this call: what you add goes out with it. */
  readonly metadata: Metadata;
  /** The moment until which the call may last, the time of the middleware included. */
  readonly deadline: Date | undefined;
  /** The signal of the call's options. */
  readonly signal: AbortSignal | undefined;
}

interface Middleware<Req, Res> {
  run(this: void, call: ClientContext, hooks: CallHooks<Req, Res>): Awaitable<void>;
}

/**
 * A function that sees each call of a client before it begins, whatever the type of the method. It refuses the call by
 * an error, which the caller gets; a `StatusError` as the cause of a `CallError`. It may return a promise: the call
 * begins when that has settled, and what an Observable of requests emits waits for it as its overflow policy says.
 *
 *     const signIn = async (call: ClientContext) => call.metadata.set("authorization", await token());
 *     const greeter = caller(GreeterService, client, { middleware: [signIn] });
 */
export type ClientMiddleware<Req = unknown, Res = unknown> = Middleware<Req, Res>["run"];

type RequestOf<Method> = Method extends { requestSerialize(request: infer Req): Buffer } ? Known<Req> : unknown;
type ResponseOf<Method> = Method extends { responseDeserialize(bytes: Buffer): infer Res } ? Known<Res> : unknown;

/** An entry of the list that `caller` takes: for all methods, or an object with a middleware for some of them. */
export type ClientMiddlewareEntry<Service> =
  | ClientMiddleware<RequestOf<AnyMethod<Service>>, ResponseOf<AnyMethod<Service>>>
  | {
      readonly [Name in MethodName<Service> as Name | Uncapitalize<Name>]?: ClientMiddleware<
        RequestOf<Service[Name]>,
        ResponseOf<Service[Name]>
      >;
    };

/** Begins a call. */
export type Begin<Argument, Call> = (
  method: CalledMethod<unknown, unknown>,
  argument: Argument,
  options: CallOptions,
) => Call;

/**
 * `begin`, after the middleware of `list`: at once, or if one of them returns a promise, when that has settled. A call
 * that is refused begins too, with a signal that has aborted, so that none is made and its failure is told as any other.
 */
export function after<Argument, Call extends SingleCall<unknown> | StreamCall<unknown>>(
  list: readonly ClientMiddleware[],
  client: Client,
  method: MethodDefinition<unknown, unknown>,
  begin: Begin<Argument, Call>,
  later: (call: Late<Call>) => Call,
): (argument: Argument, options: CallOptions) => Call {
  const { path } = method;
  // Without middleware a call pays for none.
  if (list.length === 0) return (argument, options) => begin(method, argument, options);
  return (argument, options) => {
    /** What a middleware has thrown, or one of its functions: the outcome of the call. */
    let failure: { readonly error: unknown } | undefined;
    let requests = argument;

    function fail(error: unknown): void {
      failure ??= { error: outcomeOf(path, error) };
    }

    function failing<T>(map: (message: T) => T): (message: T) => T {
      return (message) => {
        try {
          return map(message);
        } catch (error) {
          fail(error);
          throw failure?.error;
        }
      };
    }

    const hooks = new Hooks<unknown, unknown>(method, fail);
    const moment = deadlineFrom(options);
    const deadline = moment === undefined ? undefined : new Date(moment);
    const metadata = new Metadata();
    const context: ClientContext = { path, metadata, deadline, signal: options.signal };

    function onStatus(how: StatusObject): void {
      const told = failure ? statusOf(failure.error) : how;
      hooks.end(told);
      options.onStatus?.(told);
      if (failure) throw failure.error;
    }

    /** The method of a call whose messages are mapped. */
    function mapped(): CalledMethod<unknown, unknown> {
      const mapRequest = hooks.mapRequest && failing(hooks.mapRequest);
      const mapResponse = hooks.mapResponse && failing(hooks.mapResponse);
      const { responseDeserialize } = method;
      return {
        ...method,
        ...(mapRequest && { mapRequest }),
        ...(mapResponse && { responseDeserialize: (bytes: Buffer) => mapResponse(responseDeserialize(bytes)) }),
      };
    }

    function start(): Call {
      const called = mapped();
      try {
        if (called.mapRequest && !method.requestStream && !failure) requests = called.mapRequest(requests) as Argument;
      } catch (error) {
        fail(error);
      }
      const signal = failure ? AbortSignal.abort() : options.signal;
      return begin(called, requests, { ...options, metadata, deadline, timeoutMs: undefined, signal, onStatus });
    }

    function hold(): void {
      if (!method.requestStream) return;
      const held = new Held(sourceOf(argument as Requests<unknown>), method.requestSerialize);
      requests = held as Argument;
      held.begin();
    }

    try {
      const given = metadataFrom(options.metadata);
      metadata.merge(given);
      metadata.setOptions(given.getOptions());
      const running = run(list, context, hooks);
      if (running) return later(late({ running, fail, start, hold }, client, context));
    } catch (error) {
      fail(error);
    }
    return start();
  };
}

/** Returns a promise if a middleware does. */
function run(
  list: readonly ClientMiddleware[],
  context: ClientContext,
  hooks: Hooks<unknown, unknown>,
): Promise<void> | undefined {
  for (const [index, middleware] of list.entries()) {
    const running = hooks.run(middleware, context);
    if (!isPromiseLike(running)) continue;
    const rest = list.slice(index + 1);
    return running.then(() => (hooks.over ? undefined : run(rest, context, hooks)));
  }
  return undefined;
}

/** What the caller gets where `error` ends the call before it has begun, or from one of its maps. */
function outcomeOf(path: string, error: unknown): unknown {
  // A handler that lets a status escape would otherwise tell its own client.
  if (!isForTheWire(error) && isReadable(error)) return error;
  return new CallError(path, statusOf(error), { cause: error });
}

/** Whether the bridge and grpc-js can ask what `error` is. A proxy or a getter that throws then would hang the call. */
function isReadable(error: unknown): boolean {
  try {
    String(error instanceof Error ? error.message : error);
    return true;
  } catch {
    return false;
  }
}

function statusOf(error: unknown): StatusObject {
  try {
    if (isStatus(error)) {
      const { code, details, metadata } = error;
      return { code, details, metadata: metadataFrom(isMetadata(metadata) ? metadata : undefined) };
    }
  } catch {
    // A getter has thrown, or the metadata of another copy of grpc-js is malformed.
  }
  return { code: status.UNKNOWN, details: "a middleware failed", metadata: new Metadata() };
}

/** A call whose middleware have not finished: it may be cancelled, and its deadline may pass, before it begins. */
interface Late<Call> extends Pick<SingleCall<unknown>, "peer" | "send" | "cancel"> {
  readonly path: string;
  readonly begun: Promise<Call>;
  /** The call, once it has begun. */
  call(): Call | undefined;
}

/** What is to be done for a call that begins later. */
interface Beginning<Call> {
  readonly running: Promise<void>;
  /** Has the call, which has not begun, fail when it does. */
  fail(error: unknown): void;
  start(): Call;
  /** Begins with the requests: what a hot Observable emits meanwhile would be lost. */
  hold(): void;
}

function late<Call extends SingleCall<unknown> | StreamCall<unknown>>(
  { running, fail, start, hold }: Beginning<Call>,
  client: Client,
  { path, deadline, signal }: ClientContext,
): Late<Call> {
  let call: Call | undefined;
  let started = false;
  let sending = false;
  let leaving = false;
  let listening: Subscription | undefined;
  let resolve: (call: Call) => void = () => {};
  const begun = new Promise<Call>((resolveCall) => {
    resolve = resolveCall;
  });

  function begin(): void {
    if (started) return;
    started = true;
    clearTimeout(timer);
    unlisten();
    try {
      call = start();
    } catch (error) {
      // An option is not what it has to be. The call fails as one that is refused.
      fail(error);
      call = start();
    }
    if (sending) call.send();
    if (leaving) call.cancel();
    resolve(call);
  }

  /** A signal that is no `EventTarget` of Node may throw. */
  function unlisten(): void {
    try {
      listening?.unsubscribe();
    } catch (error) {
      reportUnexpected({ path, error });
    }
  }

  function giveUp(error: unknown): void {
    if (!started) fail(error);
    begin();
  }

  /** The caller may know the outcome already; that the middleware was stopped is no news. */
  function refused(error: unknown): void {
    if (started && error !== signal?.reason) reportLate({ path, error });
    else giveUp(error);
  }

  function cancelled(options: { readonly cause?: unknown } = {}): void {
    const details = "the call was cancelled before it began";
    giveUp(new CallError(path, { code: status.CANCELLED, details }, options));
  }

  function tooLate(): void {
    const details = "the deadline passed before the call began";
    giveUp(new CallError(path, { code: status.DEADLINE_EXCEEDED, details }));
  }

  running.then(begin, refused).catch((error) => reportUnexpected({ path, error }));
  const timer = deadline && setTimeout(tooLate, deadline.getTime() - Date.now());
  listening = signal && aborted(signal).subscribe({ next: (cause) => cancelled({ cause }), error: giveUp });
  return {
    path,
    begun,
    call: () => call,
    peer: () => call?.peer() ?? client.getChannel().getTarget(),
    send() {
      try {
        if (!started) hold();
      } catch (error) {
        // To look at the source runs code of the caller.
        giveUp(error);
      }
      // The source may be what has cancelled the call, which has begun then.
      sending = true;
      call?.send();
    },
    cancel() {
      leaving = true;
      if (!started) cancelled();
      call?.cancel();
    },
  };
}

/** A call with one response that begins later. */
export function lateSingle({ begun, peer, send, cancel }: Late<SingleCall<unknown>>): SingleCall<unknown> {
  return { response: begun.then(({ response }) => response), peer, send, cancel };
}

/** A call with a stream of responses that begins later. */
export function lateStream({ path, begun, call, peer, send, cancel }: Late<StreamCall<unknown>>): StreamCall<unknown> {
  /** The reader has left before the call began. */
  let left = false;
  const finished = { done: true, value: undefined } as const;
  const next = () => call()?.responses.next() ?? begun.then(({ responses }) => (left ? finished : responses.next()));
  const responses: StreamCall<unknown>["responses"] = {
    next,
    observe: (leave) =>
      new ReportingObservable(path, (subscriber) => {
        subscriber.add(() => call() ?? leave?.());
        begun.then((begunCall) => begunCall.responses.observe(leave).subscribe(subscriber));
      }),
    close(ending, drain) {
      if (call()) call()?.responses.close(ending, drain);
      else left = true;
    },
  };
  return { responses, peer, send, cancel };
}
