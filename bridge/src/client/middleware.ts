import { type Client, Metadata, type MethodDefinition, type StatusObject, status } from "@grpc/grpc-js";
import type { Subscription } from "rxjs";
import { CallError } from "../errors/call-error.js";
import { isForTheWire, isStatus } from "../errors/status-error.js";
import { aborted } from "../stream/aborted.js";
import { type Awaitable, isPromiseLike } from "../stream/awaitable.js";
import type { AnyMethod, Known, MethodName } from "../stream/definition.js";
import { isMetadata, metadataFrom } from "../stream/metadata.js";
import { type CallHooks, Hooks } from "../stream/middleware.js";
import { ReportingObservable } from "../stream/reporting-observable.js";
import { type CallOptions, deadlineFrom } from "./call-options.js";
import type { CalledMethod, Requests, SingleCall, StreamCall } from "./client-call.js";
import { type Held, hold } from "./held.js";

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
 * begins when that has settled, and up to 1,024 messages of an Observable of requests wait for it.
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
      // A handler that lets it escape would otherwise tell its own client.
      failure ??= { error: isForTheWire(error) ? new CallError(path, statusOf(error), { cause: error }) : error };
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
      hooks.begin();
      const called = mapped();
      try {
        if (called.mapRequest && !method.requestStream && !failure) requests = called.mapRequest(requests) as Argument;
      } catch {
        // It is the outcome of a call that is not made.
      }
      const signal = failure ? AbortSignal.abort() : options.signal;
      return begin(called, requests, { ...options, metadata, deadline, timeoutMs: undefined, signal, onStatus });
    }

    function holdRequests(): Held<unknown> {
      const held = hold(requests as Requests<unknown>, method.requestSerialize);
      requests = held.requests as Argument;
      return held;
    }

    try {
      const given = metadataFrom(options.metadata);
      metadata.merge(given);
      metadata.setOptions(given.getOptions());
      const running = run(list, context, hooks);
      if (running) return later(late({ running, fail, start, hold: holdRequests }, client, context));
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
    const running = middleware(context, hooks);
    if (!isPromiseLike(running)) continue;
    const rest = list.slice(index + 1);
    return Promise.resolve(running).then(() => (hooks.over ? undefined : run(rest, context, hooks)));
  }
  return undefined;
}

function statusOf(error: unknown): StatusObject {
  if (!isStatus(error)) return { code: status.UNKNOWN, details: "a middleware failed", metadata: new Metadata() };
  const { code, details, metadata } = error;
  return { code, details, metadata: metadataFrom(isMetadata(metadata) ? metadata : undefined) };
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
  hold(): Held<unknown>;
}

function late<Call extends SingleCall<unknown> | StreamCall<unknown>>(
  { running, fail, start, hold }: Beginning<Call>,
  client: Client,
  { path, deadline, signal }: ClientContext,
): Late<Call> {
  let call: Call | undefined;
  let held: Held<unknown> | undefined;
  let listening: Subscription | undefined;
  let resolve: (call: Call) => void = () => {};
  const begun = new Promise<Call>((resolveCall) => {
    resolve = resolveCall;
  });

  function begin(): void {
    if (call) return;
    clearTimeout(timer);
    listening?.unsubscribe();
    call = start();
    if (held) call.send();
    held?.release();
    resolve(call);
  }

  function giveUp(error: unknown): void {
    if (!call) fail(error);
    begin();
  }

  function cancelled(options: { readonly cause?: unknown } = {}): void {
    const details = "the call was cancelled before it began";
    giveUp(new CallError(path, { code: status.CANCELLED, details }, options));
  }

  function tooLate(): void {
    const details = "the deadline passed before the call began";
    giveUp(new CallError(path, { code: status.DEADLINE_EXCEEDED, details }));
  }

  running.then(begin, giveUp);
  const timer = deadline && setTimeout(tooLate, deadline.getTime() - Date.now());
  listening = signal && aborted(signal).subscribe((cause) => cancelled({ cause }));
  return {
    path,
    begun,
    call: () => call,
    peer: () => call?.peer() ?? client.getChannel().getTarget(),
    send() {
      held = call ? undefined : hold();
      // The source may be what has cancelled the call.
      if (call) held?.release();
      call?.send();
    },
    cancel() {
      if (call) call.cancel();
      else cancelled();
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
