import type { ChannelOptions, Client, MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { from, Observable } from "rxjs";
import { type Known, type MethodName, methodsOf, uncapitalized } from "../stream/definition.js";
import { beginSingle, beginStream, leavingCancels, type SingleHandle, type StreamHandle } from "./call-handle.js";
import type { CallOptions } from "./call-options.js";
import {
  callBidirectional,
  callClientStreaming,
  callServerStreaming,
  callUnary,
  type Requests,
  type SingleCall,
  type StreamCall,
} from "./client-call.js";

/**
 * What a client should be made with that sends streams, beside calls of any other type: `new Client(address,
 * credentials, { ...streamingChannelOptions, … })`.
 *
 * grpc-js acknowledges a client's writes up to 1 MiB ahead of HTTP/2, into the buffer from which it would retry, and
 * copies that buffer's backlog at every message. With 4 KiB a writer feels the server's pace, and streams about five
 * times faster (fact 7). With 0 it would be as fast and lose transparent retry too, so that a stream refused by a
 * server that is going away surfaces as UNAVAILABLE. The price: a request that is larger is not retried by the policy of
 * a service config.
 */
export const streamingChannelOptions: ChannelOptions = { "grpc.per_rpc_retry_buffer_size": 4096 };

/**
 * A method that answers with one message. To call it begins a call; `observe` is cold: each subscription is a call of
 * its own, and to unsubscribe cancels it. Both fail with a {@link StatusError}, or with the very error of the source of
 * the requests.
 */
export interface SingleMethod<Argument, Res> {
  (argument: Argument, options?: CallOptions): Promise<Res>;
  observe(argument: Argument, options?: CallOptions): Observable<Res>;
  /** Begins a call, and gives the handle of it: headers, status, peer, cancel. */
  start(argument: Argument, options?: CallOptions): SingleHandle<Res>;
}

/**
 * A method that answers with a stream. Cold both ways: each iteration, each subscription is a call of its own, begun
 * then and not before. To leave the loop, or to unsubscribe, cancels the call. The iterable is read at the loop's pace;
 * the Observable flows as fast as the messages come. Both fail with a {@link StatusError}, or with the very error of the
 * source of the requests, after what had come before.
 */
export interface StreamMethod<Argument, Res> {
  (argument: Argument, options?: CallOptions): AsyncIterable<Res>;
  observe(argument: Argument, options?: CallOptions): Observable<Res>;
  /** Begins one call, whose messages can be read once, and gives the handle of it: headers, status, peer, cancel. */
  start(argument: Argument, options?: CallOptions): StreamHandle<Res>;
}

/**
 * How a client calls a method of the definition `D`: with what the method's serializer takes. It gives what the method's
 * deserializer returns.
 */
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

/** A method whose definition does not say what it streams: whoever calls it says what comes back. */
export type UntypedMethod = SingleMethod<unknown, unknown> | StreamMethod<unknown, unknown>;

/**
 * The methods of a service, as a client calls them: `Caller<typeof CalculatorService>`. One whose name is capitalized,
 * as proto-loader keeps it, has both: `squareRoot` and `SquareRoot`.
 */
export type Caller<Service> = [MethodName<Service>] extends [never]
  ? { readonly [name: string]: UntypedMethod }
  : { readonly [Name in MethodName<Service> as Name | Uncapitalize<Name>]: Method<Service[Name]> };

/**
 * The methods of `service`, a definition that ts-proto generated, called over `client`. One client, and so one
 * connection, serves any number of services; whoever made it closes it. A client that streams is made with
 * {@link streamingChannelOptions}.
 *
 * A method is called with its request, or, where it takes a stream of them, with a {@link Source} or a promise of the
 * only one; it answers with a promise or with an async iterable. `method.observe` gives an Observable, `method.start` a
 * handle. Nothing sets a deadline unless {@link CallOptions} do.
 *
 *     const calculator = caller(CalculatorService, client);
 *     const { value } = await calculator.squareRoot({ value: 16 }, { timeoutMs: 1000 });
 */
export function caller<Service extends ServiceDefinition>(service: Service, client: Client): Caller<Service> {
  const methods = methodsOf(service).map(([name, definition]) => [name, methodOf(client, definition)] as const);
  const aliases = methodsOf(service).flatMap(([name, { originalName = name }], index) =>
    [uncapitalized(name), originalName].map((alias) => [alias, methods[index]?.[1]] as const),
  );
  // A name of the contract comes last: it is never another method's alias.
  return Object.fromEntries([...aliases, ...methods]) as Caller<Service>;
}

function methodOf(client: Client, method: MethodDefinition<unknown, unknown>) {
  const { requestStream, responseStream } = method;
  if (requestStream) {
    return responseStream
      ? streamMethod<Requests<unknown>, unknown>((requests, options) =>
          callBidirectional(client, method, requests, options),
        )
      : singleMethod<Requests<unknown>, unknown>((requests, options) =>
          callClientStreaming(client, method, requests, options),
        );
  }
  return responseStream
    ? streamMethod((request, options) => callServerStreaming(client, method, request, options))
    : singleMethod((request, options) => callUnary(client, method, request, options));
}

function singleMethod<Argument, Res>(
  begin: (argument: Argument, options: CallOptions) => SingleCall<Res>,
): SingleMethod<Argument, Res> {
  return Object.assign(
    async (argument: Argument, options: CallOptions = {}) => {
      const { response, send } = begin(argument, options);
      send();
      return response;
    },
    {
      observe: (argument: Argument, options: CallOptions = {}) =>
        new Observable<Res>((subscriber) => {
          const { response, send, cancel } = begin(argument, options);
          subscriber.add(cancel);
          from(response).subscribe(subscriber);
          send();
        }),
      start: (argument: Argument, options: CallOptions = {}) =>
        beginSingle((observed) => begin(argument, observed), options),
    },
  );
}

function streamMethod<Argument, Res>(
  begin: (argument: Argument, options: CallOptions) => StreamCall<Res>,
): StreamMethod<Argument, Res> {
  return Object.assign(
    (argument: Argument, options: CallOptions = {}): AsyncIterable<Res> => ({
      [Symbol.asyncIterator]: () => leavingCancels(() => begin(argument, options)),
    }),
    {
      observe: (argument: Argument, options: CallOptions = {}) =>
        new Observable<Res>((subscriber) => {
          const { responses, send, cancel } = begin(argument, options);
          responses.observe(cancel).subscribe(subscriber);
          send();
        }),
      start: (argument: Argument, options: CallOptions = {}) =>
        beginStream((observed) => begin(argument, observed), options),
    },
  );
}
