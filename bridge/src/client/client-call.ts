import type { Readable } from "node:stream";
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
import { StatusError } from "../errors/status-error.js";
import { Encoded, type Outgoing, takingEncoded } from "../stream/encoded.js";
import { type Ending, type MessageReader, messageReader } from "../stream/incoming.js";
import { type Pump, pump, roomFor, type Source } from "../stream/pump.js";
import { type CallOptions, follow, grpcOptions } from "./call-options.js";

/** A call that is under way and answers with one message. */
export interface SingleCall<Res> {
  readonly response: Promise<Res>;
  /** The address of the server, once the call is on a connection; the client's target before. */
  peer(): string;
  /** Begins to send the stream of requests. Not before the caller can cancel: the source may be what ends the call. */
  send(): void;
  cancel(): void;
}

/** A call that is under way and answers with a stream. */
export interface StreamCall<Res> {
  readonly responses: MessageReader<Res>;
  /** The address of the server, once the call is on a connection; the client's target before. */
  peer(): string;
  /** Begins to send the stream of requests. Not before the caller can cancel: the source may be what ends the call. */
  send(): void;
  cancel(): void;
}

/** Where requests come from; a promise is a stream of one. */
export type Requests<Req> = Source<Req> | PromiseLike<Outgoing<Req>>;

/** Begins a unary call. */
export function callUnary<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  request: Req,
  options: CallOptions,
): SingleCall<Res> {
  const { promise, answered, settle, reject } = singleResponse<Res>();
  function deserialize(bytes: Buffer): Res {
    // grpc-js reads one response and no more: a second one would hold the status back for ever (law L15).
    call.call?.startRead();
    return method.responseDeserialize(bytes);
  }
  const call = client.makeUnaryRequest(
    method.path,
    method.requestSerialize,
    deserialize,
    request,
    options.metadata ?? new Metadata(),
    grpcOptions(options),
    answered,
  );
  return { response: promise, peer: () => call.getPeer(), send() {}, cancel: follow(call, options, reject, settle) };
}

/** Begins a client-streaming call. An error of `requests` cancels the call and is what `response` rejects with. */
export function callClientStreaming<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  requests: Requests<Req>,
  options: CallOptions,
): SingleCall<Res> {
  const { promise, answered, settle, reject } = singleResponse<Res>();
  const call = client.makeClientStreamRequest(
    method.path,
    takingEncoded(method.requestSerialize),
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
  const requesting = sendRequests(call, method, requests, (error) => {
    reject(error);
    cancelCall();
  });
  return { response: promise, peer: () => call.getPeer(), send: requesting.start, cancel };
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
  const responses = responsesOf<Res>(call);
  const failed = (error: unknown) => responses.close({ error }, true);
  const cancel = follow(call, options, failed, (ended) => responses.close(endingOf(ended), true));
  return { responses, peer: () => call.getPeer(), send() {}, cancel };
}

/** Begins a bidirectional call. An error of `requests` cancels the call and is what `responses` ends with. */
export function callBidirectional<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  requests: Requests<Req>,
  options: CallOptions,
): StreamCall<Res> {
  const call = client.makeBidiStreamRequest(
    method.path,
    takingEncoded(method.requestSerialize),
    method.responseDeserialize,
    options.metadata ?? new Metadata(),
    grpcOptions(options),
  );
  const responses = responsesOf<Res>(call);
  const failed = (error: unknown) => responses.close({ error }, true);
  const cancelCall = follow(call, options, failed, (ended) => {
    requesting.stop();
    responses.close(endingOf(ended), true);
  });
  const cancel = () => {
    requesting.stop();
    cancelCall();
  };
  const requesting = sendRequests(call, method, requests, (error) => {
    failed(error);
    cancelCall();
  });
  return { responses, peer: () => call.getPeer(), send: requesting.start, cancel };
}

/** A pump of the requests into the call; once the server has ended it, writing would "succeed" and be lost (fact 17). */
function sendRequests<Req>(
  call: ClientWritableStream<Outgoing<Req>> | ClientDuplexStream<Outgoing<Req>, unknown>,
  { requestSerialize }: { requestSerialize(request: Req): Buffer },
  requests: Requests<Req>,
  failed: (error: unknown) => void,
): Pump {
  const write = roomFor(call, () => requesting.drained());
  const requesting = pump<Req>(isPromise(requests) ? one(requests) : requests, {
    accept: (request) => (request instanceof Encoded ? request : new Encoded(request, requestSerialize(request))),
    write,
    end: () => call.end(),
    // Never `destroy`: the call would go on at the server (fact 11).
    fail: failed,
    // The caller knows the outcome of the call already, and a client has no log.
    failedLate: () => {},
  });
  return requesting;
}

function isPromise<Req>(requests: Requests<Req>): requests is PromiseLike<Outgoing<Req>> {
  // What is no source at all is for the pump to refuse: thrown from here, the error would leave the call open.
  return typeof requests === "object" && requests !== null && "then" in requests;
}

async function* one<T>(message: PromiseLike<T>): AsyncGenerator<T> {
  yield await message;
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

/**
 * The responses of a call, the first of which is asked for at once: grpc-js holds the server back only from the first
 * read on, and a handle may never be read (fact 1).
 */
function responsesOf<Res>(call: Readable): MessageReader<Res> {
  call.read(0);
  return messageReader<Res>(call);
}

function endingOf(ended: StatusObject): Ending {
  return ended.code === status.OK ? {} : { error: StatusError.from(ended) };
}
