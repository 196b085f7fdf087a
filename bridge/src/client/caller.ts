import type { ChannelOptions, Client, MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { from, type Observable } from "rxjs";
import { type Known, type MethodName, methodsOf, uncapitalized } from "../stream/definition.js";
import { middlewareOf } from "../stream/middleware.js";
import type { Messages } from "../stream/receive/incoming.js";
import { ReportingObservable } from "../stream/receive/reporting-observable.js";
import { beginSingle, beginStream, leavingCancels, type SingleHandle, type StreamHandle } from "./call-handle.js";
import { type CallOptions, withDefaults } from "./call-options.js";
import {
  callBidirectional,
  callClientStreaming,
  callServerStreaming,
  callUnary,
  type SingleCall,
  type StreamCall,
} from "./client-call.js";
import { lateSingle, lateStream } from "./late-call.js";
import { after, type Begin, type ClientMiddleware, type ClientMiddlewareEntry } from "./middleware.js";
import type { Requests } from "./requests.js";

/**
 * The options for a client that sends streams. Calls of other types may share the client: `new Client(address,
 * credentials, { ...streamingChannelOptions, … })`.
 *
 * grpc-js acknowledges writes until its retry buffer of 1 MiB is full, and copies the backlog at each message. With 4
 * KiB the writer waits for a slow server, and is about five times as fast (fact 7). 0 is no faster, and disables
 * transparent retry: a stream that a stopping server refuses would fail with UNAVAILABLE. The price of 4 KiB: the retry
 * policy of a service config skips larger requests.
 */
export const streamingChannelOptions: ChannelOptions = { "grpc.per_rpc_retry_buffer_size": 4096 };

/**
 * A method that answers with one message. Calling it begins a call. `observe` is cold: each subscription makes a call,
 * and unsubscribing cancels it. Both fail with a `CallError`. An error of your own code arrives unchanged: of the
 * request source, a callback of the options or a middleware. A wrong option is a RangeError or a TypeError.
 */
export interface SingleMethod<Argument, Res> {
  (argument: Argument, options?: CallOptions): Promise<Res>;
  observe(argument: Argument, options?: CallOptions): Observable<Res>;
  /** Begins a call, and returns its handle: headers, status, peer, cancel. */
  start(argument: Argument, options?: CallOptions): SingleHandle<Res>;
}

/**
 * A method that answers with a stream. Both forms are cold: each loop and each subscription makes its own call. Leaving
 * the loop or unsubscribing cancels that call. The iterable is read at the loop's pace; the Observable emits messages
 * as fast as they arrive. After all earlier messages, both fail as a {@link SingleMethod} does.
 */
export interface StreamMethod<Argument, Res> {
  (argument: Argument, options?: CallOptions): Messages<Res>;
  observe(argument: Argument, options?: CallOptions): Observable<Res>;
  /** Begins one call, whose messages can be read once, and returns its handle: headers, status, peer, cancel. */
  start(argument: Argument, options?: CallOptions): StreamHandle<Res>;
}

/** How a client calls a method of the definition `D`, whose serializers decide the types. */
export type Method<D> = D extends {
  requestSerialize(request: infer Req): Buffer;
  responseDeserialize(bytes: Buffer): infer Res;
}
  ? D extends { requestStream: false; responseStream: false }
    ? SingleMethod<Known<Req>, Known<Res>>
    : D extends { requestStream: true; responseStream: false }
      ? SingleMethod<Requests<Known<Req>>, Known<Res>>
      : D extends { requestStream: false; responseStream: true }
        ? StreamMethod<Known<Req>, Known<Res>>
        : D extends { requestStream: true; responseStream: true }
          ? StreamMethod<Requests<Known<Req>>, Known<Res>>
          : UntypedMethod
  : never;

/** A method whose definition does not say which side streams: cast its result. */
export type UntypedMethod = SingleMethod<unknown, unknown> | StreamMethod<unknown, unknown>;

/**
 * The methods of a service, as a client calls them: `Caller<typeof CalculatorService>`. A method whose name is
 * capitalized, as with proto-loader, has both names: `squareRoot` and `SquareRoot`.
 */
export type Caller<Service> = [MethodName<Service>] extends [never]
  ? { readonly [name: string]: UntypedMethod }
  : { readonly [Name in MethodName<Service> as Name | Uncapitalize<Name>]: Method<Service[Name]> };

/** What {@link caller} takes: middleware, and defaults for the options of each call. */
export interface CallerOptions<Service> extends CallOptions {
  /**
   * Sees each call first, in the order of the list. An object in the list is for the methods that it names:
   * `[log, signIn, { divide: audit }]`.
   */
  readonly middleware?: readonly ClientMiddlewareEntry<Service>[] | undefined;
}

/**
 * The methods of `service`, any generator's definition, called over `client`. One client, and so one connection, can
 * serve many services. You close the client. A client that sends streams needs {@link streamingChannelOptions}.
 *
 * A method takes a request. If its requests are a stream, it takes a {@link Source}, or a promise of a single request.
 * It returns a promise or an async iterable. `method.observe` returns an Observable, `method.start` a handle. A call
 * has a deadline only if its {@link CallOptions} set one.
 *
 *     const calculator = caller(CalculatorService, client);
 *     const { value } = await calculator.squareRoot({ value: 16 }, { timeoutMs: 1000 });
 */
export function caller<Service extends ServiceDefinition>(
  service: Service,
  client: Client,
  { middleware = [], ...defaults }: CallerOptions<Service> = {},
): Caller<Service> {
  const completed = (options: CallOptions = {}) =>
    Object.keys(defaults).length > 0 ? withDefaults(defaults, options) : options;
  const definitions = methodsOf(service);
  const perMethod = middlewareOf<ClientMiddleware>(middleware, definitions);
  const methods = definitions.map(
    ([name, definition], index) => [name, methodOf(client, definition, completed, perMethod[index] ?? [])] as const,
  );
  const aliases = definitions.flatMap(([name, { originalName = name }], index) =>
    [uncapitalized(name), originalName].map((alias) => [alias, methods[index]?.[1]] as const),
  );
  // The names of the contract come last, so that no alias of another method replaces them.
  return Object.fromEntries([...aliases, ...methods]) as Caller<Service>;
}

type Completed = (options?: CallOptions) => CallOptions;

function methodOf(
  client: Client,
  method: MethodDefinition<unknown, unknown>,
  completed: Completed,
  list: readonly ClientMiddleware[],
) {
  const single = <Argument>(begin: Begin<Argument, SingleCall<unknown>>) =>
    singleMethod(method.path, after(list, client, method, begin, lateSingle), completed);
  const stream = <Argument>(begin: Begin<Argument, StreamCall<unknown>>) =>
    streamMethod(method.path, after(list, client, method, begin, lateStream), completed);
  const { requestStream, responseStream } = method;
  if (requestStream) {
    return responseStream
      ? stream<Requests<unknown>>((called, requests, options) => callBidirectional(client, called, requests, options))
      : single<Requests<unknown>>((called, requests, options) =>
          callClientStreaming(client, called, requests, options),
        );
  }
  return responseStream
    ? stream((called, request, options) => callServerStreaming(client, called, request, options))
    : single((called, request, options) => callUnary(client, called, request, options));
}

function singleMethod<Argument, Res>(
  path: string,
  begin: (argument: Argument, options: CallOptions) => SingleCall<Res>,
  completed: Completed,
): SingleMethod<Argument, Res> {
  return Object.assign(
    async (argument: Argument, options?: CallOptions) => {
      const { response, send } = begin(argument, completed(options));
      send();
      return response;
    },
    {
      observe: (argument: Argument, options?: CallOptions) =>
        new ReportingObservable<Res>(path, (subscriber) => {
          const { response, send, cancel } = begin(argument, completed(options));
          subscriber.add(cancel);
          from(response).subscribe(subscriber);
          send();
        }),
      start: (argument: Argument, options?: CallOptions) =>
        beginSingle((observed) => begin(argument, observed), completed(options)),
    },
  );
}

function streamMethod<Argument, Res>(
  path: string,
  begin: (argument: Argument, options: CallOptions) => StreamCall<Res>,
  completed: Completed,
): StreamMethod<Argument, Res> {
  return Object.assign(
    (argument: Argument, options?: CallOptions): Messages<Res> => ({
      [Symbol.asyncIterator]: () => leavingCancels(() => begin(argument, completed(options))),
    }),
    {
      observe: (argument: Argument, options?: CallOptions) =>
        new ReportingObservable<Res>(path, (subscriber) => {
          const { responses, send, cancel } = begin(argument, completed(options));
          responses.observe(cancel).subscribe(subscriber);
          send();
        }),
      start: (argument: Argument, options?: CallOptions) =>
        beginStream(path, (observed) => begin(argument, observed), completed(options)),
    },
  );
}
