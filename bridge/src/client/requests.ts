import type { Client, ClientDuplexStream, ClientWritableStream, MethodDefinition } from "@grpc/grpc-js";
import { CallError } from "../errors/call-error.js";
import { reportLate } from "../errors/diagnostics.js";
import { isPromiseLike } from "../stream/awaitable.js";
import { Encoded, type Outgoing, roomFor } from "../stream/encoded.js";
import { mapping } from "../stream/middleware.js";
import type { Outlet, Pump } from "../stream/send/outlet.js";
import { ReaderTooSlow } from "../stream/send/overflow.js";
import { pump, type Source } from "../stream/send/pump.js";
import type { CallOptions } from "./call-options.js";
import { Held } from "./held.js";
import { type CallListener, type MakeCall, type OpenCall, openCall } from "./open-call.js";

/** The source of the requests; a promise is a stream of one. A function is called for each call. */
export type Requests<Req> = Source<Req> | PromiseLike<Outgoing<Req>> | (() => PromiseLike<Outgoing<Req>>);

/** The requests that the caller gave, or the same requests after their source was started. */
export type BegunRequests<Req> = Requests<Req> | Held<Req>;

/** A method in the form in which a call uses it. */
export interface CalledMethod<Req, Res> extends MethodDefinition<Req, Res> {
  /** Maps each request of a stream, as the middleware asked. */
  readonly mapRequest?: (request: Req) => Req;
}

/** A call to which requests can be written. */
type WritableCall<Req> = ClientWritableStream<Outgoing<Req>> | ClientDuplexStream<Outgoing<Req>, unknown>;

type RequestMethod<Req> = Pick<CalledMethod<Req, never>, "path" | "requestSerialize" | "mapRequest">;

/** Opens a call with a stream of requests. The source of the requests is stopped when the call ends. */
export function openSending<Req, Call extends WritableCall<Req>>(
  client: Client,
  method: RequestMethod<Req>,
  requests: BegunRequests<Req>,
  options: CallOptions,
  { ended, failed }: CallListener,
  make: MakeCall<Call>,
) {
  let requesting: Pump | undefined;
  const stopping: CallListener = {
    failed,
    ended(error) {
      requesting?.stop();
      ended(error);
    },
  };
  const opened = openCall(client, method.path, options, stopping, make);
  try {
    requesting = requestPump(opened, method, requests, (error) => {
      failed(error);
      opened.cancel();
    });
    if (opened.over()) requesting.stop();
  } catch (error) {
    // Inspecting the source can run the caller's code, such as a getter, which may throw.
    failed(error);
    opened.cancel();
  }
  return {
    opened,
    send: () => requesting?.start(),
    cancel() {
      requesting?.stop();
      opened.cancel();
    },
  };
}

/** Pumps the requests into the call. Stop it when the call ends: later writes would "succeed" and be lost (fact 17). */
function requestPump<Req>(
  { call }: OpenCall<WritableCall<Req>>,
  { path, requestSerialize, mapRequest }: RequestMethod<Req>,
  requests: BegunRequests<Req>,
  failed: (error: unknown) => void,
): Pump {
  const write = call ? roomFor(call, () => requesting.drained()) : () => false;
  const outlet: Outlet<Req> = {
    ...mapping(mapRequest, {
      accept: (request) => (request instanceof Encoded ? request : new Encoded(request, requestSerialize(request))),
      write,
    }),
    end: () => call?.end(),
    // Never `destroy`: the call would continue on the server (fact 11).
    fail(error) {
      // If a ReaderTooSlow escaped a calling handler, that handler's client would be told that it reads too slowly.
      failed(error instanceof ReaderTooSlow ? new CallError(path, error, { cause: error }) : error);
    },
    // The caller knows the outcome already, so the log gets the error, unless it only says that the source was stopped.
    failedLate: (error) => reportLate({ path, error }),
  };
  const requesting = requests instanceof Held ? requests.into(outlet) : pump(sourceOf(requests), outlet);
  return requesting;
}

/** The requests in the form in which a pump takes them. */
export function sourceOf<Req>(requests: Requests<Req>): Source<Req> {
  const given = <S extends object>(made: S | PromiseLike<Outgoing<Req>>) =>
    isPromiseLike<S | Outgoing<Req>>(made) ? one(made) : made;
  return typeof requests === "function" ? () => given(requests()) : given(requests);
}

function one<T>(message: PromiseLike<T>): AsyncIterable<T> {
  // If the call never begins, nothing awaits the promise, and its rejection would end the process.
  if (message instanceof Promise) message.catch(() => {});
  return (async function* () {
    yield await message;
  })();
}
