import { Readable } from "node:stream";
import { type Client, Metadata, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { CallError } from "../errors/call-error.js";
import { takingEncoded } from "../stream/encoded.js";
import { type Ending, type MessageReader, messageReader } from "../stream/receive/incoming.js";
import type { CallOptions } from "./call-options.js";
import { type OpenCall, openCall } from "./open-call.js";
import { type BegunRequests, type CalledMethod, openSending } from "./requests.js";

/** A call in progress that has one response. */
export interface SingleCall<Res> {
  readonly response: Promise<Res>;
  /** The address of the server, once the call is on a connection; before that, the client's target. */
  peer(): string;
  /** Begins to send the stream of requests. First make sure that you can cancel: the source may end the call. */
  send(): void;
  cancel(): void;
}

/** A call in progress that has a stream of responses. */
export interface StreamCall<Res> {
  readonly responses: Pick<MessageReader<Res>, "next" | "observe" | "close">;
  /** The address of the server, once the call is on a connection; before that, the client's target. */
  peer(): string;
  /** Begins to send the stream of requests. First make sure that you can cancel: the source may end the call. */
  send(): void;
  cancel(): void;
}

export function callUnary<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  request: Req,
  options: CallOptions,
): SingleCall<Res> {
  const single = singleResponse<Res>(method.path);
  const opened = openCall(client, method.path, options, single, (metadata, grpcOptions, noteFailure) => {
    function deserialize(bytes: Buffer): Res {
      // grpc-js reads one response and then stops, so a second one would hold back the status forever (law L15).
      call.call?.startRead();
      return method.responseDeserialize(bytes);
    }
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      deserialize,
      request,
      metadata,
      grpcOptions,
      single.answered(noteFailure),
    );
    return call;
  });
  single.endIfAnswered(opened);
  return { response: single.promise, peer: opened.peer, send() {}, cancel: opened.cancel };
}

/** Begins a client-streaming call. An error of `requests` cancels the call, and `response` rejects with that error. */
export function callClientStreaming<Req, Res>(
  client: Client,
  method: CalledMethod<Req, Res>,
  requests: BegunRequests<Req>,
  options: CallOptions,
): SingleCall<Res> {
  const single = singleResponse<Res>(method.path);
  const { opened, send, cancel } = openSending(
    client,
    method,
    requests,
    options,
    single,
    (metadata, grpcOptions, noteFailure) =>
      client.makeClientStreamRequest(
        method.path,
        takingEncoded(method.requestSerialize),
        method.responseDeserialize,
        metadata,
        grpcOptions,
        single.answered(noteFailure),
      ),
  );
  single.endIfAnswered(opened);
  return { response: single.promise, peer: opened.peer, send, cancel };
}

export function callServerStreaming<Req, Res>(
  client: Client,
  method: MethodDefinition<Req, Res>,
  request: Req,
  options: CallOptions,
): StreamCall<Res> {
  const stream = responseStream<Res>(method.path);
  const { call, peer, cancel } = openCall(client, method.path, options, stream, (metadata, grpcOptions) =>
    client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      grpcOptions,
    ),
  );
  return { responses: stream.readFrom(call), peer, send() {}, cancel };
}

/** Begins a bidirectional call. An error of `requests` cancels the call, and `responses` end with that error. */
export function callBidirectional<Req, Res>(
  client: Client,
  method: CalledMethod<Req, Res>,
  requests: BegunRequests<Req>,
  options: CallOptions,
): StreamCall<Res> {
  const stream = responseStream<Res>(method.path);
  const { opened, send, cancel } = openSending(client, method, requests, options, stream, (metadata, grpcOptions) =>
    client.makeBidiStreamRequest(
      method.path,
      takingEncoded(method.requestSerialize),
      method.responseDeserialize,
      metadata,
      grpcOptions,
    ),
  );
  return { responses: stream.readFrom(opened.call), peer: opened.peer, send, cancel };
}

/** The outcome of a call with one response, as a promise. */
function singleResponse<Res>(path: string) {
  let outcome: { readonly error: ServiceError | null; readonly response: Res } | undefined;
  let resolve: (response: Res) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Res>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return {
    promise,
    failed: reject,
    /** The callback for grpc-js, which emits 'status' right after calling it. */
    answered(noteFailure: (error: Error) => void) {
      return (error: ServiceError | null, response?: Res) => {
        outcome = { error, response: response as Res };
        if (error) noteFailure(error);
      };
    },
    ended(error: CallError | undefined): void {
      if (error) reject(error);
      // grpc-js's own error, if the status is OK and no response came (law L15).
      else if (outcome?.error) reject(new CallError(path, outcome.error));
      else resolve(outcome?.response as Res);
    },
    /** An interceptor may answer in the turn that makes the call, before anything listens for 'status'. */
    endIfAnswered({ end }: OpenCall<unknown>): void {
      if (outcome) end(outcome.error ?? { code: status.OK, details: "", metadata: new Metadata() });
    },
  };
}

/** The outcome of a call with a stream of responses, as a reader. */
function responseStream<Res>(path: string) {
  let responses: MessageReader<Res> | undefined;
  let early: Ending | undefined;

  function close(ending: Ending): void {
    if (responses) responses.close(ending, true);
    else early ??= ending;
  }

  return {
    failed: (error: unknown) => close({ error }),
    ended: (error: CallError | undefined) => close(error ? { error } : {}),
    /** The reader of the call's responses, or of an empty stream if no call was made. */
    readFrom(call: Readable = new Readable({ objectMode: true, read() {} })): MessageReader<Res> {
      // grpc-js holds the server back only after the first read, and a handle may never be read (fact 1).
      call.read(0);
      responses = messageReader<Res>(call, path);
      if (early) responses.close(early, true);
      return responses;
    },
  };
}
