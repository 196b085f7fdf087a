import type { Client, MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { from, Observable } from "rxjs";
import type { CallOptions } from "./call-options.js";
import {
  callBidirectional,
  callClientStreaming,
  callServerStreaming,
  callUnary,
  type SingleCall,
  type StreamCall,
} from "./client-call.js";
import type { Source } from "./pump.js";

/**
 * A method that answers with one message. To call it begins a call; `observe` is cold: each subscription is a call of
 * its own, and to unsubscribe cancels it. Both fail with a {@link StatusError}.
 */
export interface SingleMethod<Argument, Res> {
  (argument: Argument, options?: CallOptions): Promise<Res>;
  observe(argument: Argument, options?: CallOptions): Observable<Res>;
}

/**
 * A method that answers with a stream. Cold both ways: each iteration, each subscription is a call of its own, begun
 * then and not before. To leave the loop, or to unsubscribe, cancels the call. The iterable is read at the loop's pace;
 * the Observable flows as fast as the messages come. Both fail with a {@link StatusError}, after what had come before.
 */
export interface StreamMethod<Argument, Res> {
  (argument: Argument, options?: CallOptions): AsyncIterable<Res>;
  observe(argument: Argument, options?: CallOptions): Observable<Res>;
}

/** How a client calls a method of the definition `D`, one of those that ts-proto writes for a service. */
export type Method<D> = D extends {
  requestSerialize(request: infer Req): Buffer;
  responseDeserialize(bytes: Buffer): infer Res;
}
  ? D extends { requestStream: false; responseStream: false }
    ? SingleMethod<Req, Res>
    : D extends { requestStream: true; responseStream: false }
      ? SingleMethod<Source<Req>, Res>
      : D extends { requestStream: false; responseStream: true }
        ? StreamMethod<Req, Res>
        : StreamMethod<Source<Req>, Res>
  : never;

/** The methods of a service, as a client calls them. */
export type Caller<Service> = { readonly [Name in keyof Service]: Method<Service[Name]> };

/**
 * The methods of `service`, a definition that ts-proto generated, called over `client`. One client, and so one
 * connection, serves any number of services.
 *
 *     const calculator = caller(CalculatorService, client);
 *     const { value } = await calculator.squareRoot({ value: 16 }, { timeoutMs: 1000 });
 */
export function caller<Service extends ServiceDefinition>(service: Service, client: Client): Caller<Service> {
  const methods = Object.entries(service).map(([name, definition]) => [name, methodOf(client, definition)]);
  return Object.fromEntries(methods) as Caller<Service>;
}

function methodOf(client: Client, method: MethodDefinition<unknown, unknown>) {
  const { requestStream, responseStream } = method;
  if (requestStream) {
    return responseStream
      ? streamMethod<Source<unknown>, unknown>((requests, options) =>
          callBidirectional(client, method, requests, options),
        )
      : singleMethod<Source<unknown>, unknown>((requests, options) =>
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
  return Object.assign(async (argument: Argument, options: CallOptions = {}) => begin(argument, options).response, {
    observe: (argument: Argument, options: CallOptions = {}) =>
      new Observable<Res>((subscriber) => {
        const { response, cancel } = begin(argument, options);
        subscriber.add(cancel);
        from(response).subscribe(subscriber);
      }),
  });
}

function streamMethod<Argument, Res>(
  begin: (argument: Argument, options: CallOptions) => StreamCall<Res>,
): StreamMethod<Argument, Res> {
  return Object.assign(
    (argument: Argument, options: CallOptions = {}): AsyncIterable<Res> => ({
      [Symbol.asyncIterator]: () => pulledCall(() => begin(argument, options)),
    }),
    {
      observe: (argument: Argument, options: CallOptions = {}) =>
        new Observable<Res>((subscriber) => {
          const { responses, cancel } = begin(argument, options);
          subscriber.add(cancel);
          responses.observe().subscribe(subscriber);
        }),
    },
  );
}

/** An iterator that begins the call with the first `next` and cancels it when the loop is left (fact 12). */
function pulledCall<Res>(begin: () => StreamCall<Res>): AsyncIterator<Res, undefined> {
  let call: StreamCall<Res> | undefined;
  let left = false;

  function leave(): void {
    left = true;
    call?.responses.close({}, false);
    call?.cancel();
  }

  return {
    // Not an async function: that would cost each message two more promises.
    next() {
      if (left) return Promise.resolve({ done: true, value: undefined });
      try {
        if (!call) {
          call = begin();
          // The source of the requests is asked for its first ones in there, and may be what leaves the loop.
          if (left) leave();
        }
        return call.responses.next();
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
  };
}
