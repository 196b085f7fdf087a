import { Metadata, type MethodDefinition, type StatusObject, status } from "@grpc/grpc-js";
import { map as mapEach } from "rxjs";
import { reportUnexpected } from "../errors/diagnostics.js";
import { type Awaitable, isPromiseLike } from "../stream/awaitable.js";
import type { AnyMethod, Known, MethodName } from "../stream/definition.js";
import { type CallHooks, Hooks } from "../stream/middleware.js";
import type { Incoming } from "../stream/receive/incoming.js";
import { CallContext, type GrpcServerCall } from "./call-context.js";
import type { ServerCall } from "./server-call.js";

interface Middleware<Req, Res> {
  // A method, because TypeScript then lets a middleware ask for a context with the values of an earlier middleware.
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is a middleware too
  run(this: void, call: CallContext, hooks: CallHooks<Req, Res>): Awaitable<CallContext | void>;
}

/**
 * A function that sees each call of a server before its handler does, for all types of methods. It runs when grpc-js
 * would call the handler, so a stream of requests has not been read yet. To refuse the call, it throws an error, as a
 * handler does. It may return `call.with({ … })`, which the later middleware and the handler then get. It may return a
 * promise.
 *
 *     const authenticate = async (call: CallContext) => call.with({ user: await userOf(call.metadata) });
 *     implement(GreeterService, [authenticate], { sayHello: (_, { user }) => ({ message: `Hello, ${user.name}` }) });
 */
export type ServerMiddleware<Req = unknown, Res = unknown> = Middleware<Req, Res>["run"];

type RequestOf<Method> = Method extends { requestDeserialize(bytes: Buffer): infer Req } ? Known<Req> : unknown;
type ResponseOf<Method> = Method extends { responseSerialize(response: infer Res): Buffer } ? Known<Res> : unknown;

/**
 * An entry of the list that `implement` takes: a middleware for all methods, or an object with one for some methods.
 */
export type ServerMiddlewareEntry<Service> =
  | ServerMiddleware<RequestOf<AnyMethod<Service>>, ResponseOf<AnyMethod<Service>>>
  | {
      readonly [Name in MethodName<Service> as Name | Uncapitalize<Name>]?: ServerMiddleware<
        RequestOf<Service[Name]>,
        ResponseOf<Service[Name]>
      >;
    };

/** The values that a middleware certainly gives to the later ones; `unknown` if it may give none. */
type Given<Returned> = [Returned] extends [never] ? unknown : Returned extends CallContext ? Returned : unknown;

type GivenBy<Entry, Name> = Entry extends (...given: never) => infer Returned
  ? Given<Awaited<Returned>>
  : Name extends string
    ? (Name | Uncapitalize<Name>) & keyof Entry extends infer Key extends keyof Entry
      ? Entry[Key] extends (...given: never) => infer Returned
        ? Given<Awaited<Returned>>
        : unknown
      : unknown
    : unknown;

/** The context of the method `Name` after the middleware of `List`. */
export type ContextAfter<List, Name, Context = CallContext> = List extends readonly [infer First, ...infer Rest]
  ? ContextAfter<Rest, Name, Context & GivenBy<First, Name>>
  : Context;

type Fitting<Middleware, Context> = Middleware extends (call: infer Needed, ...hooks: never) => unknown
  ? Context extends Needed
    ? Middleware
    : (call: Context) => unknown
  : Middleware;

/** `List`, with a type error for a middleware that asks for values which no earlier one adds. */
export type Ordered<
  List extends readonly unknown[],
  Service,
  Before extends readonly unknown[] = [],
> = number extends List["length"]
  ? unknown
  : List extends readonly [infer First, ...infer Rest]
    ? readonly [
        First extends (...given: never) => unknown
          ? Fitting<First, ContextAfter<Before, MethodName<Service>>>
          : { readonly [Name in keyof First]: Fitting<First[Name], ContextAfter<Before, Name>> },
        ...(Ordered<Rest, Service, [...Before, First]> extends infer More extends readonly unknown[] ? More : []),
      ]
    : readonly [];

/**
 * A client gives up at its deadline with a cancel. The cancel can arrive before the server's own timer fires, by as
 * much as a turn of the event loop takes.
 */
const deadlineSlackMs = 50;

/** What the middleware of one call on the server asked for, and how the call ends. */
export class ServerHooks<Req, Res> extends Hooks<Req, Res> {
  #sent: StatusObject | undefined;

  constructor(call: GrpcServerCall & { readonly writableFinished: boolean }, method: MethodDefinition<Req, Res>) {
    super(method, (error) => reportUnexpected({ path: method.path, error }));
    // grpc-js emits 'cancelled' once after every call (fact 4). Until then, the status may still wait for the client to
    // read the messages before it.
    call.on("cancelled", () => {
      const leftMs = Number(call.getDeadline()) - Date.now();
      const sent = !method.responseStream || call.writableFinished ? this.#sent : undefined;
      this.end(sent && leftMs > 0 ? sent : inferred(leftMs <= deadlineSlackMs));
    });
  }

  /** The handler has ended the call with `sent`. */
  sends(sent: StatusObject): void {
    this.#sent = sent;
  }

  sendsOk(trailers: Metadata): void {
    const metadata = trailers.clone();
    // The bridge set this key itself, see `ServerCall.trailers`.
    metadata.remove("grpc-message");
    this.sends({ code: status.OK, details: "", metadata });
  }

  /**
   * The handler has ended the call with one response. If grpc-js refuses to send the response, or the client leaves
   * before it is written, nothing says so. But grpc-js takes the trailers, by `clone`, only after it has written the
   * response.
   */
  trailersAfterResponse(trailers: Metadata): Metadata {
    const noting = trailers.clone();
    noting.clone = () => {
      this.sendsOk(trailers);
      return trailers.clone();
    };
    return noting;
  }
}

function inferred(late: boolean): StatusObject {
  const metadata = new Metadata();
  if (late)
    return { code: status.DEADLINE_EXCEEDED, details: "the deadline passed before the call had ended", metadata };
  return { code: status.CANCELLED, details: "the client cancelled the call, or its connection was lost", metadata };
}

/** Calls `handle` with the context that `list` makes, in the same turn unless a middleware returns a promise. */
export function through<Req, Res, T>(
  list: readonly ServerMiddleware[],
  opened: Pick<ServerCall<unknown>, "context" | "over" | "goneReason">,
  hooks: ServerHooks<Req, Res>,
  handle: (context: CallContext) => Awaitable<T>,
): Awaitable<T> {
  function from(index: number, context: CallContext): Awaitable<T> {
    const middleware = list[index];
    if (middleware === undefined) return handle(context);
    const given = hooks.run(middleware as ServerMiddleware<Req, Res>, context);
    if (!isPromiseLike(given)) return from(index + 1, contextOf(given, context));
    return given.then((settled) => {
      // The call has ended in the meantime, so a response would not be sent.
      if (opened.over) throw opened.goneReason;
      return from(index + 1, contextOf(settled, context));
    });
  }
  return from(0, opened.context);
}

// biome-ignore lint/suspicious/noConfusingVoidType: see above
function contextOf(given: CallContext | void, before: CallContext): CallContext {
  if (given === undefined) return before;
  // Each call has its own metadata object.
  if (given instanceof CallContext && given.metadata === before.metadata) return given;
  throw new TypeError(
    "a middleware returns `call.with({ … })` or nothing: a spread context is neither, nor is that of another call",
  );
}

/** Requests as `map` returns them, mapped when they are read. If `map` throws, `fail` ends the call with the error. */
export function mapIncoming<T>(
  requests: Incoming<T>,
  map: (request: T) => T,
  opened: Pick<ServerCall<unknown>, "goneReason">,
  fail: (error: unknown) => void,
): Incoming<T> {
  function mapped(request: T): T {
    try {
      return map(request);
    } catch (error) {
      // The handler could catch the error of its read, and the call would continue.
      fail(error);
      throw opened.goneReason;
    }
  }

  return {
    observe: () => requests.observe().pipe(mapEach(mapped)),
    [Symbol.asyncIterator]() {
      const iterator = requests[Symbol.asyncIterator]();
      return {
        async next() {
          const read = await iterator.next();
          return read.done ? read : { done: false, value: mapped(read.value) };
        },
        async return() {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
}
