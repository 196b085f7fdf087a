import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { Client, compressionAlgorithms, credentials } from "@grpc/grpc-js";
import {
  CallError,
  type CallHandle,
  type CallOptions,
  caller,
  type SingleHandle,
  type StreamHandle,
  streamingChannelOptions,
} from "quartet-bridge";
import { BehaviorSubject, filter, firstValueFrom, lastValueFrom } from "rxjs";
import { Status } from "#gen/google/rpc/status.js";
import type { ClientCompatRequest, ClientResponseResult } from "./gen/connectrpc/conformance/v1/client_compat.js";
import { type Code, Compression, StreamType } from "./gen/connectrpc/conformance/v1/config.js";
import {
  BidiStreamRequest,
  ClientStreamRequest,
  ConformancePayload,
  ConformanceServiceService,
  type Error as ErrorMessage,
  IdempotentUnaryRequest,
  ServerStreamRequest,
  UnaryRequest,
  UnimplementedRequest,
} from "./gen/connectrpc/conformance/v1/service.js";
import { headersOf, metadataOf } from "./metadata.js";

/** How long connecting may take, in milliseconds. */
const connectMs = 10_000;

interface Answer {
  readonly payload?: ConformancePayload | undefined;
}

interface MessageType<T> {
  decode(bytes: Uint8Array): T;
}

/** Makes the call that `wanted` describes, and returns its outcome. */
export async function makeCall(wanted: ClientCompatRequest): Promise<ClientResponseResult> {
  const client = connect(wanted);
  const call = new Call(wanted);
  const conformance = caller(ConformanceServiceService, client);
  try {
    // A deadline of the suite is for the call, and not for connecting. Only a timer keeps the process alive meanwhile.
    await promisify(client.waitForReady.bind(client))(Date.now() + connectMs);
    switch (wanted.method) {
      case "Unary":
        return await call.single((options) => conformance.unary.start(call.request(UnaryRequest), options));
      case "IdempotentUnary":
        return await call.single((options) =>
          conformance.idempotentUnary.start(call.request(IdempotentUnaryRequest), options),
        );
      case "Unimplemented":
        return await call.single((options) =>
          conformance.unimplemented.start(call.request(UnimplementedRequest), options),
        );
      case "ClientStream":
        return await call.single((options) =>
          conformance.clientStream.start(call.requests(ClientStreamRequest), options),
        );
      case "ServerStream":
        return await call.stream((options) =>
          conformance.serverStream.start(call.request(ServerStreamRequest), options),
        );
      case "BidiStream":
        return await call.stream((options) => conformance.bidiStream.start(call.requests(BidiStreamRequest), options));
      default:
        throw new TypeError(`the service has no method ${wanted.method}`);
    }
  } finally {
    call.over();
    client.close();
  }
}

/** Each call has a connection of its own, because a call of the suite may break its connection. */
function connect(wanted: ClientCompatRequest): Client {
  const { host, port, serverTlsCert, clientTlsCreds: creds } = wanted;
  const secure = () => credentials.createSsl(serverTlsCert, creds?.key ?? null, creds?.cert ?? null);
  return new Client(`${host}:${port}`, serverTlsCert.length > 0 ? secure() : credentials.createInsecure(), {
    ...streamingChannelOptions,
    "grpc.use_local_subchannel_pool": 1,
    // The certificate is for this name too, and Node accepts no address as the name of a TLS server.
    "grpc.ssl_target_name_override": "localhost",
    "grpc.max_receive_message_length": wanted.messageReceiveLimit || -1,
    "grpc.default_compression_algorithm":
      wanted.compression === Compression.GZIP ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
  });
}

class Call {
  readonly #wanted: ClientCompatRequest;
  readonly #cancel = new AbortController();
  readonly #answers = new BehaviorSubject(0);
  #timer: NodeJS.Timeout | undefined;

  constructor(wanted: ClientCompatRequest) {
    this.#wanted = wanted;
  }

  /** The request of a call that has one. */
  request<T>(type: MessageType<T>): T {
    const [message] = this.#wanted.requestMessages;
    if (message === undefined) throw new TypeError("the suite gave no request");
    return type.decode(message.value);
  }

  /** The requests of a stream. In full duplex each request but the first follows the response to the one before. */
  async *requests<T>(type: MessageType<T>): AsyncGenerator<T, void> {
    const { requestMessages, requestDelayMs, streamType } = this.#wanted;
    for (const [index, { value }] of requestMessages.entries()) {
      await wait(requestDelayMs);
      if (streamType === StreamType.FULL_DUPLEX_BIDI_STREAM) await this.#answered(index);
      yield type.decode(value);
    }
    if (streamType === StreamType.FULL_DUPLEX_BIDI_STREAM) await this.#answered(requestMessages.length);
    if (this.#timing?.$case === "beforeCloseSend") {
      this.#cancel.abort();
      // A source that ends would half-close the call before the cancel.
      await lastValueFrom(this.#answers);
    }
    this.#sent();
  }

  async single(begin: (options: CallOptions) => SingleHandle<Answer>): Promise<ClientResponseResult> {
    const handle = begin(this.#options);
    if (this.#wanted.streamType === StreamType.UNARY) this.#sent();
    return this.#outcome(handle, async (payloads) => {
      const { payload } = await handle.response;
      payloads.push(payload ?? ConformancePayload.fromPartial({}));
    });
  }

  async stream(begin: (options: CallOptions) => StreamHandle<Answer>): Promise<ClientResponseResult> {
    const handle = begin(this.#options);
    if (this.#wanted.streamType === StreamType.SERVER_STREAM) this.#sent();
    return this.#outcome(handle, async (payloads) => {
      for await (const { payload } of handle) {
        payloads.push(payload ?? ConformancePayload.fromPartial({}));
        if (this.#timing?.$case === "afterNumResponses" && this.#timing.afterNumResponses === payloads.length)
          this.#cancel.abort();
        this.#answers.next(payloads.length);
      }
    });
  }

  /** Releases what waits for the call. */
  over(): void {
    clearTimeout(this.#timer);
    this.#answers.complete();
  }

  get #timing() {
    return this.#wanted.cancel?.cancelTiming;
  }

  get #options(): CallOptions {
    const { requestHeaders, timeoutMs } = this.#wanted;
    return { metadata: metadataOf(requestHeaders), timeoutMs, signal: this.#cancel.signal };
  }

  async #outcome(
    handle: CallHandle,
    read: (payloads: ConformancePayload[]) => Promise<void>,
  ): Promise<ClientResponseResult> {
    const payloads: ConformancePayload[] = [];
    const error = await read(payloads).then(() => undefined, errorOf);
    this.over();
    const responseHeaders = headersOf(await handle.headers);
    const responseTrailers = headersOf((await handle.status).metadata);
    return { responseHeaders, payloads, error, responseTrailers, numUnsentRequests: 0, feedback: [] };
  }

  #answered(count: number): Promise<unknown> {
    return firstValueFrom(this.#answers.pipe(filter((answers) => answers >= count)), { defaultValue: 0 });
  }

  /** The requests have ended, or end in this turn. */
  #sent(): void {
    if (this.#timing?.$case === "afterCloseSendMs")
      this.#timer = setTimeout(() => this.#cancel.abort(), this.#timing.afterCloseSendMs);
  }
}

function errorOf(error: unknown): ErrorMessage {
  if (!(error instanceof CallError)) throw error;
  const { code, details: message, metadata } = error;
  const [details] = metadata.get("grpc-status-details-bin");
  return { code: code as Code, message, details: details ? Status.decode(Buffer.from(details)).details : [] };
}
