import { setTimeout as wait } from "node:timers/promises";
import { Metadata } from "@grpc/grpc-js";
import { type CallContext, implement, StatusError } from "quartet-bridge";
import { Status } from "#gen/google/rpc/status.js";
import {
  BidiStreamRequest,
  ClientStreamRequest,
  type ConformancePayload,
  ConformancePayload_RequestInfo,
  ConformanceServiceService,
  type Error as ErrorMessage,
  IdempotentUnaryRequest,
  ServerStreamRequest,
  type StreamResponseDefinition,
  UnaryRequest,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service.js";
import type { Any } from "./gen/google/protobuf/any.js";
import { headersOf, metadataOf } from "./metadata.js";

interface Answer {
  readonly payload: ConformancePayload;
}

// The suite wants this method to be unknown to the server.
const { unimplemented: _, ...implemented } = ConformanceServiceService;

/**
 * The service of the suite: a request says how the call is answered, and the answers repeat what the server received.
 */
export const conformance = implement(implemented, {
  unary: (request, call) => answer(request.responseDefinition, [packed("UnaryRequest", UnaryRequest, request)], call),

  idempotentUnary: (request, call) =>
    answer(request.responseDefinition, [packed("IdempotentUnaryRequest", IdempotentUnaryRequest, request)], call),

  async clientStream(requests, call) {
    const received: Any[] = [];
    let first: ClientStreamRequest | undefined;
    for await (const request of requests) {
      first ??= request;
      received.push(packed("ClientStreamRequest", ClientStreamRequest, request));
    }
    return answer(first?.responseDefinition, received, call);
  },

  async *serverStream(request, call) {
    const { responseDefinition: definition } = request;
    if (definition === undefined) return;
    begin(definition, call);
    yield* remaining(definition, 0, [packed("ServerStreamRequest", ServerStreamRequest, request)], call);
  },

  async *bidiStream(requests, call) {
    let first: BidiStreamRequest | undefined;
    let unanswered: Any[] = [];
    let sent = 0;
    for await (const request of requests) {
      if (first === undefined) {
        first = request;
        if (first.responseDefinition) begin(first.responseDefinition, call);
      }
      unanswered.push(packed("BidiStreamRequest", BidiStreamRequest, request));
      if (!first.fullDuplex) continue;
      const data = first.responseDefinition?.responseData[sent];
      if (data === undefined) break;
      await pause(first.responseDefinition, call);
      const requestInfo =
        sent === 0 ? infoOf(call, unanswered) : { requestHeaders: [], timeoutMs: undefined, requests: unanswered };
      yield { payload: { data, requestInfo } };
      sent += 1;
      unanswered = [];
    }
    if (first?.responseDefinition) yield* remaining(first.responseDefinition, sent, unanswered, call);
  },
});

/** The one response of a call, or its error. */
async function answer(
  definition: UnaryResponseDefinition | undefined,
  requests: Any[],
  call: CallContext,
): Promise<Answer> {
  const requestInfo = infoOf(call, requests);
  if (definition) begin(definition, call);
  await pause(definition, call);
  const { response } = definition ?? {};
  if (response?.$case === "error") throw failure(response.error, requestInfo);
  return { payload: { data: response?.responseData ?? Buffer.alloc(0), requestInfo } };
}

/** The responses of a stream from `sent` on, and its error. The first of all responses says what was received. */
async function* remaining(
  definition: StreamResponseDefinition,
  sent: number,
  requests: Any[],
  call: CallContext,
): AsyncGenerator<Answer, void> {
  const { responseData, error } = definition;
  for (const [index, data] of responseData.entries()) {
    if (index < sent) continue;
    await pause(definition, call);
    yield { payload: { data, requestInfo: index === 0 ? infoOf(call, requests) : undefined } };
  }
  if (error) throw failure(error, responseData.length === 0 ? infoOf(call, requests) : undefined);
}

function begin(definition: UnaryResponseDefinition | StreamResponseDefinition, call: CallContext): void {
  call.header(metadataOf(definition.responseHeaders));
  call.trailer(metadataOf(definition.responseTrailers));
}

/** The delay that the suite asks for. It ends with the call. */
async function pause(definition: { readonly responseDelayMs: number } | undefined, call: CallContext): Promise<void> {
  if (definition?.responseDelayMs) await wait(definition.responseDelayMs, undefined, { signal: call.signal });
}

function infoOf(call: CallContext, requests: Any[]): ConformancePayload_RequestInfo {
  const timeoutMs = call.deadline && Math.max(0, call.deadline.getTime() - Date.now());
  return { requestHeaders: headersOf(call.metadata), timeoutMs, requests };
}

/** The bridge's `statusWithDetails` takes the standard details. The suite sends any message as a detail. */
function failure(
  { code, message = "", details }: ErrorMessage,
  requestInfo?: ConformancePayload_RequestInfo,
): StatusError {
  const info = requestInfo && [packed("ConformancePayload.RequestInfo", ConformancePayload_RequestInfo, requestInfo)];
  const metadata = new Metadata();
  const status = Status.encode({ code, message, details: [...details, ...(info ?? [])] });
  metadata.set("grpc-status-details-bin", Buffer.from(status.finish()));
  return new StatusError(code, message, { metadata });
}

function packed<T>(name: string, { encode }: { encode(message: T): { finish(): Uint8Array } }, message: T): Any {
  return {
    typeUrl: `type.googleapis.com/connectrpc.conformance.v1.${name}`,
    value: Buffer.from(encode(message).finish()),
  };
}
