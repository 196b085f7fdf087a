import { type Client, Metadata, type MethodDefinition, type StatusObject, status } from "@grpc/grpc-js";
import { Observable, type Subscription } from "rxjs";
import { CallError } from "../errors/call-error.js";
import { isForTheWire, isStatus } from "../errors/status-error.js";
import { aborted } from "../stream/aborted.js";
import { type Awaitable, isPromiseLike } from "../stream/awaitable.js";
import type { Known, MethodName } from "../stream/definition.js";
import type { MessageReader } from "../stream/incoming.js";
import { isMetadata, metadataFrom } from "../stream/metadata.js";
import { type CallHooks, Hooks } from "../stream/middleware.js";
import { type CallOptions, deadlineFrom } from "./call-options.js";
import type { CalledMethod, SingleCall, StreamCall } from "./client-call.js";

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
 * begins when that has settled, and what a hot Observable of requests emits before is lost.
 *
 *     const signIn = async (call: ClientContext) => call.metadata.set("authorization", await token());
 *     const greeter = caller(GreeterService, client, { middleware: [signIn] });
 */
export type ClientMiddleware<Req = unknown, Res = unknown> = Middleware<Req, Res>["run"];

type RequestOf<Method> = Method extends { requestSerialize(request: infer Req): Buffer } ? Known<Req> : unknown;
type ResponseOf<Method> = Method extends { responseDeserialize(bytes: Buffer): infer Res } ? Known<Res> : unknown;

/** An entry of the list that `caller` takes: for all methods, or an object with a middleware for some of them. */
export type ClientMiddlewareEntry<Service> =
  | ClientMiddleware<RequestOf<Service[MethodName<Service>]>, ResponseOf<Service[MethodName<Service>]>>
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
    /** What a function of a middleware has thrown, which is the outcome of the call. */
    let failure: { readonly error: unknown } | undefined;

    function fail(error: unknown): void {
      // A handler that lets it escape would otherwise tell its own client.
      failure ??= { error: isForTheWire(error) ? new CallError(path, statusOf(error), { cause: error }) : error };
    }

    const hooks = new Hooks<unknown, unknown>(method, fail);
    const moment = deadlineFrom(options);
    const deadline = moment === undefined ? undefined : new Date(moment);
    const metadata = new Metadata();

    function ended(how: StatusObject): void {
      const told = failure ? statusOf(failure.error) : how;
      hooks.end(told);
      options.onStatus?.(told);
      if (failure) throw failure.error;
    }

    function responseDeserialize(bytes: Buffer): unknown {
      const response = method.responseDeserialize(bytes);
      try {
        return hooks.mapResponse ? hooks.mapResponse(response) : response;
      } catch (error) {
        fail(error);
        throw error;
      }
    }

    function start(): Call {
      hooks.begin();
      const { mapRequest, mapResponse } = hooks;
      let mapped = argument;
      try {
        if (mapRequest && !method.requestStream && !failure) mapped = mapRequest(argument) as Argument;
      } catch (error) {
        fail(error);
      }
      const called = { ...method, ...(mapResponse && { responseDeserialize }), ...(mapRequest && { mapRequest }) };
      const signal = failure ? AbortSignal.abort() : options.signal;
      return begin(called, mapped, { ...options, metadata, deadline, timeoutMs: undefined, signal, onStatus: ended });
    }

    try {
      const given = metadataFrom(options.metadata);
      metadata.merge(given);
      metadata.setOptions(given.getOptions());
      const context: ClientContext = { path, metadata, deadline, signal: options.signal };
      const running = run(list, context, hooks);
      if (running) return later(late(running, fail, start, client, context));
    } catch (error) {
      fail(error);
    }
    return start();
  };
}

function run(list: readonly ClientMiddleware[], context: ClientContext, hooks: CallHooks): Promise<void> | undefined {
  for (const [index, middleware] of list.entries()) {
    const running = middleware(context, hooks);
    if (isPromiseLike(running)) return Promise.resolve(running).then(() => run(list.slice(index + 1), context, hooks));
  }
  return undefined;
}

function statusOf(error: unknown): StatusObject {
  if (!isStatus(error)) return { code: status.UNKNOWN, details: "a middleware failed", metadata: new Metadata() };
  const { code, details, metadata } = error;
  return { code, details, metadata: metadataFrom(isMetadata(metadata) ? metadata : undefined) };
}

/** A call whose middleware have not finished yet: it may be cancelled, and its deadline may pass, before it begins. */
interface Late<Call> extends Pick<SingleCall<unknown>, "peer" | "send" | "cancel"> {
  readonly begun: Promise<Call>;
  /** The call, once it has begun. */
  call(): Call | undefined;
}

function late<Call extends SingleCall<unknown> | StreamCall<unknown>>(
  running: Promise<void>,
  fail: (error: unknown) => void,
  start: () => Call,
  client: Client,
  { path, deadline, signal }: ClientContext,
): Late<Call> {
  let call: Call | undefined;
  let sending = false;
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
    if (sending) call.send();
    resolve(call);
  }

  function giveUp(code: status, details: string, options: { readonly cause?: unknown } = {}): void {
    if (call) return;
    fail(new CallError(path, { code, details }, options));
    begin();
  }

  running.then(begin, (error: unknown) => {
    if (call) return;
    fail(error);
    begin();
  });
  const tooLate = () => giveUp(status.DEADLINE_EXCEEDED, "the deadline passed before the call began");
  const timer = deadline && setTimeout(tooLate, deadline.getTime() - Date.now());
  listening = signal && aborted(signal).subscribe((cause) => giveUp(status.CANCELLED, cancelled, { cause }));
  return {
    begun,
    call: () => call,
    peer: () => call?.peer() ?? client.getChannel().getTarget(),
    send() {
      sending = true;
      call?.send();
    },
    cancel() {
      if (call) call.cancel();
      else giveUp(status.CANCELLED, cancelled);
    },
  };
}

const cancelled = "the call was cancelled before it began";

/** A call with one response that begins later. */
export function lateSingle({ begun, peer, send, cancel }: Late<SingleCall<unknown>>): SingleCall<unknown> {
  return { response: begun.then(({ response }) => response), peer, send, cancel };
}

/** A call with a stream of responses that begins later. */
export function lateStream({ begun, call, peer, send, cancel }: Late<StreamCall<unknown>>): StreamCall<unknown> {
  /** The reader has left before the call began. */
  let left = false;
  const finished = { done: true, value: undefined } as const;
  const next = () => call()?.responses.next() ?? begun.then(({ responses }) => (left ? finished : responses.next()));
  const responses: MessageReader<unknown> = {
    next,
    [Symbol.asyncIterator]: () => ({ next }),
    observe: (leave) =>
      new Observable((subscriber) => {
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
