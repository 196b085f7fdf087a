import {
  type Client,
  type ClientDuplexStream,
  type ClientWritableStream,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { type CallOptions, follow, grpcOptions } from "./call-options.js";
import { type Ending, type MessageReader, messageReader } from "./incoming.js";
import { type Outlet, type Pump, pump, type Source } from "./pump.js";
import { StatusError } from "./status-error.js";

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

/**
 * `answered` is the callback for grpc-js, which emits 'status' right after it: the outcome waits for `settle` there.
 */
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
