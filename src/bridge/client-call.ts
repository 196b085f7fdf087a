import { setMaxListeners } from "node:events";
import {
  type Client,
  type ClientDuplexStream,
  type ClientWritableStream,
  type CallOptions as GrpcCallOptions,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { deadlineFrom } from "./deadline.js";
import { type Ending, type MessageReader, messageReader } from "./incoming.js";
import { type Outlet, type Pump, pump, type Source } from "./pump.js";
import { StatusError } from "./status-error.js";

/** What may be said about one call beside its messages. */
export interface CallOptions {
  /** The request headers. */
  readonly metadata?: Metadata;
  /** The moment until which the whole call may last; pass on the one of the call that you are serving. */
  readonly deadline?: Date | undefined;
  /** Milliseconds from the begin of each call until its deadline. With `deadline` too, the earlier one counts. */
  readonly timeoutMs?: number;
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal;
  /** Called with the response headers, when they come. A call that fails at once has none. What it throws ends the call. */
  readonly onHeaders?: (headers: Metadata) => void;
  /** Called with the status, trailers included, just before the outcome is seen; what it throws is then the outcome. */
  readonly onStatus?: (status: StatusObject) => void;
}

/** A call that is under way and answers with one message. */
export interface SingleCall<Res> {
  readonly response: Promise<Res>;
  cancel(): void;
}

/** A call that is under way and answers with a stream. */
export interface StreamCall<Res> {
  readonly responses: MessageReader<Res>;
  cancel(): void;
}

/** Begins a unary call. */
export function callUnary<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  request: Req,
  options: CallOptions,
): SingleCall<Res> {
  const { promise, answered, settle, reject } = singleResponse<Res>();
  const call = client.makeUnaryRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    options.metadata ?? new Metadata(),
    grpcOptions(options),
    answered,
  );
  return { response: promise, cancel: follow(call, options, reject, settle) };
}

/** Begins a client-streaming call. An error of `requests` cancels the call and is what `response` rejects with. */
export function callClientStreaming<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  requests: Source<Req>,
  options: CallOptions,
): SingleCall<Res> {
  const { promise, answered, settle, reject } = singleResponse<Res>();
  const call = client.makeClientStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    options.metadata ?? new Metadata(),
    grpcOptions(options),
    answered,
  );
  const cancelCall = follow(call, options, reject, () => {
    requesting.stop();
    settle();
  });
  const cancel = () => {
    requesting.stop();
    cancelCall();
  };
  const requesting = sendRequests(call, requests, (error) => {
    reject(error);
    cancelCall();
  });
  return { response: promise, cancel };
}

/** Begins a server-streaming call. */
export function callServerStreaming<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  request: Req,
  options: CallOptions,
): StreamCall<Res> {
  const call = client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    options.metadata ?? new Metadata(),
    grpcOptions(options),
  );
  const responses = messageReader<Res>(call);
  const failed = (error: unknown) => responses.close({ error }, true);
  return { responses, cancel: follow(call, options, failed, (ended) => responses.close(endingOf(ended), true)) };
}

/** Begins a bidirectional call. An error of `requests` cancels the call and is what `responses` ends with. */
export function callBidirectional<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  requests: Source<Req>,
  options: CallOptions,
): StreamCall<Res> {
  const call = client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    options.metadata ?? new Metadata(),
    grpcOptions(options),
  );
  const responses = messageReader<Res>(call);
  const failed = (error: unknown) => responses.close({ error }, true);
  const cancelCall = follow(call, options, failed, (ended) => {
    requesting.stop();
    responses.close(endingOf(ended), true);
  });
  const cancel = () => {
    requesting.stop();
    cancelCall();
  };
  const requesting = sendRequests(call, requests, (error) => {
    failed(error);
    cancelCall();
  });
  return { responses, cancel };
}

/** What the four kinds of calls of a grpc-js client have in common. */
interface GrpcClientCall {
  cancel(): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "metadata", listener: (headers: Metadata) => void): unknown;
  on(event: "status", listener: (ended: StatusObject) => void): unknown;
}

/**
 * Watches over a call that has just begun, and returns the function that cancels it unless it is over. `failed` gets
 * what a callback of `options` throws, as the outcome of the call.
 */
function follow(
  call: GrpcClientCall,
  options: CallOptions,
  failed: (error: unknown) => void,
  onOver: (ended: StatusObject) => void,
): () => void {
  let over = false;

  function cancel(): void {
    // A cancel in the turn that made the call never reaches the server, whose handler would live on (fact 14).
    process.nextTick(() => {
      if (!over) call.cancel();
    });
  }

  /** Thrown on into grpc-js, an error of the caller's own code would end the process, and nobody would close the call. */
  function tell<T>(callback: ((what: T) => void) | undefined, what: T): void {
    try {
      callback?.(what);
    } catch (error) {
      failed(error);
      cancel();
    }
  }

  // The outcome comes by 'status'. Without a listener for 'error' as well, a cancelled call ends the process (fact 13).
  call.on("error", () => {});
  call.on("metadata", (headers) => tell(options.onHeaders, headers));
  call.on("status", (ended) => {
    over = true;
    options.signal?.removeEventListener("abort", cancel);
    tell(options.onStatus, ended);
    onOver(ended);
  });
  if (options.signal?.aborted) cancel();
  else if (options.signal) {
    // One listener for each call that is under way: from the eleventh on Node would warn of a leak that is none.
    setMaxListeners(0, options.signal);
    options.signal.addEventListener("abort", cancel, { once: true });
  }
  return cancel;
}

/** Pumps the requests into the call; once the server has ended it, writing would "succeed" and be lost (fact 17). */
function sendRequests<Req>(
  call: ClientWritableStream<Req> | ClientDuplexStream<Req, unknown>,
  requests: Source<Req>,
  failed: (error: unknown) => void,
): Pump {
  const outlet: Outlet<Req> = {
    write: (message) => call.write(message),
    end: () => call.end(),
    // Never `destroy`: the call would go on at the server (fact 11).
    fail: failed,
    // The caller knows the outcome of the call already, and a client has no log.
    failedLate: () => {},
  };
  const requesting = pump(requests, outlet);
  call.on("drain", requesting.drained);
  return requesting;
}

/** `answered` is the callback for grpc-js, which emits 'status' right after it: the outcome waits for `settle` there. */
function singleResponse<Res>() {
  let settle = () => {};
  let resolve: (response: Res) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Res>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  function answered(error: ServiceError | null, response?: Res): void {
    settle = () => (error ? reject(StatusError.from(error, error)) : resolve(response as Res));
  }
  return { promise, answered, settle: () => settle(), reject };
}

function endingOf(ended: StatusObject): Ending {
  return ended.code === status.OK ? {} : { error: StatusError.from(ended) };
}

function grpcOptions({ deadline, timeoutMs }: CallOptions): GrpcCallOptions {
  const moment = deadlineFrom(deadline, timeoutMs);
  return moment === undefined ? {} : { deadline: moment };
}
