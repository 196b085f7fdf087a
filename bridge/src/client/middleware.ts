import { type Client, Metadata, type MethodDefinition, type StatusObject, status } from "@grpc/grpc-js";
import { CallError } from "../errors/call-error.js";
import { isForTheWire, isStatus } from "../errors/status-error.js";
import { type Awaitable, isPromiseLike } from "../stream/awaitable.js";
import type { AnyMethod, Known, MethodName } from "../stream/definition.js";
import { isMetadata, metadataFrom } from "../stream/metadata.js";
import { type CallHooks, Hooks } from "../stream/middleware.js";
import { type CallOptions, deadlineFrom } from "./call-options.js";
import type { SingleCall, StreamCall } from "./client-call.js";
import { Held } from "./held.js";
import { type LateCall, lateCall } from "./late-call.js";
import { type CalledMethod, type Requests, sourceOf } from "./requests.js";

/** A call that a client is about to begin, as its middleware see it. */
export interface ClientContext {
  /** The full path of the method, `/package.Service/Method`. */
  readonly path: string;
  /** The request headers, in a copy for this call: what you add is sent with it. */
  readonly metadata: Metadata;
  /** The moment until which the call may last, including the time that the middleware take. */
  readonly deadline: Date | undefined;
  /** The signal of the call's options. */
  readonly signal: AbortSignal | undefined;
}

interface Middleware<Req, Res> {
  run(this: void, call: ClientContext, hooks: CallHooks<Req, Res>): Awaitable<void>;
}

/**
 * A function that sees each call of a client before the call begins, for all types of methods. To refuse the call, it
 * throws an error. The caller gets the error; a `StatusError` becomes the cause of a `CallError`. It may return a
 * promise: the call begins when the promise has settled. Until then, messages of an Observable of requests wait under
 * its overflow policy.
 *
 *     const signIn = async (call: ClientContext) => call.metadata.set("authorization", await token());
 *     const greeter = caller(GreeterService, client, { middleware: [signIn] });
 */
export type ClientMiddleware<Req = unknown, Res = unknown> = Middleware<Req, Res>["run"];

type RequestOf<Method> = Method extends { requestSerialize(request: infer Req): Buffer } ? Known<Req> : unknown;
type ResponseOf<Method> = Method extends { responseDeserialize(bytes: Buffer): infer Res } ? Known<Res> : unknown;

/** An entry of the list that `caller` takes: a middleware for all methods, or an object with one for some methods. */
export type ClientMiddlewareEntry<Service> =
  | ClientMiddleware<RequestOf<AnyMethod<Service>>, ResponseOf<AnyMethod<Service>>>
  | {
      readonly [Name in MethodName<Service> as Name | Uncapitalize<Name>]?: ClientMiddleware<
        RequestOf<Service[Name]>,
        ResponseOf<Service[Name]>
      >;
    };

export type Begin<Argument, Call> = (
  method: CalledMethod<unknown, unknown>,
  argument: Argument,
  options: CallOptions,
) => Call;

/**
 * Runs the middleware of `list` before `begin`. If one of them returns a promise, the call begins when the promise has
 * settled. A refused call begins too, with an aborted signal: no call is made, and the caller gets the failure as
 * usual.
 */
export function after<Argument, Call extends SingleCall<unknown> | StreamCall<unknown>>(
  list: readonly ClientMiddleware[],
  client: Client,
  method: MethodDefinition<unknown, unknown>,
  begin: Begin<Argument, Call>,
  later: (call: LateCall<Call>) => Call,
): (argument: Argument, options: CallOptions) => Call {
  const { path } = method;
  // A call without middleware must cost nothing extra.
  if (list.length === 0) return (argument, options) => begin(method, argument, options);
  return (argument, options) => {
    /** The error that a middleware or one of its maps threw. It is the outcome of the call. */
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

    /** The method of the call, with the maps of the middleware. */
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
      if (running)
        return later(lateCall(client, { path, deadline, signal: options.signal, running, fail, start, hold }));
    } catch (error) {
      fail(error);
    }
    return start();
  };
}

/** Runs the middleware in order. Returns a promise if one of them does. */
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

/** What the caller gets if a middleware or one of its maps throws `error`. */
function outcomeOf(path: string, error: unknown): unknown {
  // The caller may be a handler. If a StatusError escaped it, its own client would get that status.
  if (!isForTheWire(error) && isReadable(error)) return error;
  return new CallError(path, statusOf(error), { cause: error });
}

/** Whether `error` can be read. A proxy, or a getter that throws, would make the call hang in grpc-js. */
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
