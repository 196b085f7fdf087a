import {
  Metadata,
  type MethodDefinition,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { map, type Observable } from "rxjs";
import { reportLate, reportStalledPeer, reportUnexpected } from "../errors/diagnostics.js";
import { isForTheWire, StatusError, statusOf } from "../errors/status-error.js";
import { aborted } from "../stream/aborted.js";
import { Encoded, type Outgoing } from "../stream/encoded.js";
import { isMetadata, type MetadataEntries, metadataFrom, sendable } from "../stream/metadata.js";
import { ReaderTooSlow } from "../stream/overflow.js";

/** A status in the form that grpc-js takes. */
type OutgoingStatus = Pick<StatusObject, "code" | "details" | "metadata">;

/** What the four types of calls of a grpc-js server have in common. */
export type GrpcServerCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerWritableStream<unknown, unknown>,
  "metadata" | "cancelled" | "getPath" | "getPeer" | "getDeadline" | "sendMetadata"
> & { on(event: "cancelled", listener: () => void): unknown };

/**
 * One call on the server, from its beginning to its one ending. It and its context are classes because of the cost: as
 * object literals with their own closures and getters they were half of what the bridge added to a unary call.
 */
export class ServerCall<Res> {
  readonly context: CallContext;
  readonly #call: GrpcServerCall;
  readonly #responseSerialize: (response: Res) => Buffer;
  /**
   * Whether the call's definition takes {@link Encoded}. If the handler was registered under the generated definition,
   * it does not, and grpc-js gets plain messages.
   */
  readonly sendsEncoded: boolean;
  #trailers: Metadata | undefined;
  #ended = false;
  #headersSent = false;
  /** Made when a handler asks for the signal, which most never do: it is the costliest part of a call's context. */
  #abort: AbortController | undefined;
  #gone: StatusError | undefined;
  #onGone: (() => void) | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;

  constructor(
    call: GrpcServerCall,
    {
      requestStream,
      responseStream,
      responseSerialize,
    }: Pick<MethodDefinition<never, Res>, "requestStream" | "responseStream" | "responseSerialize">,
    sendsEncoded: boolean,
  ) {
    this.#call = call;
    this.#responseSerialize = responseSerialize;
    this.sendsEncoded = sendsEncoded;
    this.context = new CallContext(call, this);
    call.on("cancelled", () => this.#goneBy(goneReason));
    const { deadline } = this.context;
    if (deadline && (requestStream || responseStream)) this.#endAt(deadline);
  }

  /** The trailers of a call that ends with OK. */
  get trailers(): Metadata {
    return this.#trailers ? withEmptyText(this.#trailers) : emptyText;
  }

  /** Whether the call has ended, on this side or by the peer. */
  get over(): boolean {
    return this.#ended || this.#gone !== undefined || this.#call.cancelled;
  }

  /** See {@link CallContext.signal}. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#gone) this.#abort.abort(this.#gone);
    }
    return this.#abort.signal;
  }

  /** Why nothing more can be read or written. */
  get goneReason(): StatusError {
    return this.#gone ?? new StatusError(status.CANCELLED, "the server has ended the call");
  }

  /**
   * Serializes a response. If that fails, the status says that the failure is the server's, and the error itself is
   * reported, because grpc-js would swallow it.
   */
  accept(response: Outgoing<Res>): Encoded<Res> {
    if (response instanceof Encoded) return response;
    try {
      return new Encoded(response, this.#responseSerialize(response));
    } catch (error) {
      this.#report(error);
      throw new StatusError(status.INTERNAL, "the response could not be serialized; the server's log says why");
    }
  }

  /**
   * Calls `listener` when the peer or the deadline ends the call before the handler has; at once if that has happened.
   * The last listener is called first.
   */
  onPeerGone(listener: () => void): void {
    const earlier = this.#onGone;
    if (this.#gone) listener();
    else if (earlier === undefined) this.#onGone = listener;
    else {
      this.#onGone = () => {
        listener();
        earlier();
      };
    }
  }

  /** The response headers are sent with what is written now. @returns whether they had not been sent before */
  headersGo(): boolean {
    const first = !this.#headersSent;
    this.#headersSent = true;
    return first;
  }

  /** See {@link CallContext.trailer}. */
  addTrailers(metadata: Metadata): void {
    const trailers = this.#trailers?.clone() ?? new Metadata();
    trailers.merge(metadata);
    this.#trailers = sendable(trailers, "trailers");
  }

  /** Takes the right to send the ending. False if an ending was sent, or if the peer is gone and would not get it. */
  end(): boolean {
    if (this.#ended || this.#gone) return false;
    this.#ended = true;
    this.#headersSent = true;
    clearTimeout(this.#deadlineTimer);
    return true;
  }

  /** The status for `error`, including the trailers. Reports the error if it was not meant for the wire. */
  failure(error: unknown): OutgoingStatus {
    try {
      const { code, details, metadata } = statusOf(error);
      if (!isForTheWire(error)) this.#report(error);
      else if (error instanceof ReaderTooSlow) this.#watchOver(error.patienceMs);
      const trailers = isMetadata(metadata) ? metadataFrom(metadata).clone() : new Metadata();
      if (this.#trailers) trailers.merge(this.#trailers);
      return { code, details, metadata: sendable(trailers, "trailers") };
    } catch (unsendable) {
      // The client is told what was wrong with the trailers. The log gets the error that they belonged to.
      this.#report(error);
      return { ...statusOf(unsendable), metadata: this.#trailers ?? new Metadata() };
    }
  }

  /** `error` came after the end of the call: it is for the log alone, unless it only says that the call is over. */
  failedLate(error: unknown): void {
    reportLate({ path: this.context.path, error });
  }

  #report(error: unknown): void {
    reportUnexpected({ path: this.context.path, error });
  }

  /** grpc-js emits 'cancelled' after every call, also after a success. It is news only before the handler's end. */
  #goneBy(reason: (call: GrpcServerCall) => StatusError): void {
    clearTimeout(this.#deadlineTimer);
    if (this.#ended || this.#gone) return;
    this.#gone = reason(this.#call);
    this.#abort?.abort(this.#gone);
    this.#onGone?.();
  }

  /** grpc-js ends the call at its deadline, but emits 'cancelled' only when a slow reader has taken what was sent. */
  #endAt(deadline: Date): void {
    this.#deadlineTimer = setTimeout(() => this.#goneBy(deadlinePassed), deadline.getTime() - Date.now());
  }

  /**
   * A status cannot reach a reader that does not read. Then only the end of the reader's connection frees what the call
   * holds (fact 18).
   */
  #watchOver(patienceMs: number): void {
    const { path, peer } = this.context;
    const timer = setTimeout(() => reportStalledPeer({ path, peer }), patienceMs);
    timer.unref();
    this.#call.on("cancelled", () => clearTimeout(timer));
  }
}

/**
 * `trailers` with an empty status message. grpc-js writes "OK" there, which other languages show as the text of an
 * error. Trailers replace what it wrote.
 */
function withEmptyText(trailers: Metadata): Metadata {
  const made = trailers.clone();
  made.set("grpc-message", "");
  return made;
}

const emptyText = withEmptyText(new Metadata());

/** The part of its call that a context uses. */
type Opened = Pick<ServerCall<unknown>, "signal" | "addTrailers" | "headersGo">;

/**
 * What a handler knows about its call, and what it can send besides messages. It is a class, so that `{ ...call }` does
 * not compile where a context is expected: that would lose `signal` and everything else that is not data. Use
 * {@link CallContext.with} instead.
 */
export class CallContext {
  /** The request headers. */
  readonly metadata: Metadata;
  /** The full path of the method, `/package.Service/Method`. */
  readonly path: string;
  /** The moment until which the client waits; undefined if it set none. Pass it on to calls made for this one. */
  readonly deadline: Date | undefined;
  readonly #call: GrpcServerCall;
  readonly #opened: Opened;

  constructor(call: GrpcServerCall, opened: Opened) {
    this.metadata = call.metadata;
    this.path = call.getPath();
    this.deadline = deadlineOf(call);
    this.#call = call;
    this.#opened = opened;
  }

  /** The address of the client, `host:port`, or 'unknown' after its connection is gone. */
  get peer(): string {
    return this.#call.getPeer();
  }

  /**
   * Aborts when the call is over before the handler has ended it: the client cancelled, the deadline passed, or the
   * connection broke. Its reason is a {@link StatusError}: DEADLINE_EXCEEDED if the deadline has passed by the server's
   * clock, otherwise CANCELLED. A client gives up at its deadline with a cancel, which may arrive a moment earlier. The
   * signal does not abort after the handler has ended the call.
   */
  get signal(): AbortSignal {
    return this.#opened.signal;
  }

  /** The same for a pipe: emits the reason of `signal` and completes, also if the signal has aborted already. */
  get cancelled$(): Observable<StatusError> {
    return aborted(this.signal).pipe(map((reason) => reason as StatusError));
  }

  // Both are properties, so that a handler can take them out of its context, as it can take the signal.
  /**
   * Sends metadata with the status, whatever the status will be. You may call it again to add more. Stay under 4 KiB in
   * total: clients in other languages refuse more. After the end of the call it does nothing. Keys that gRPC sets
   * itself, such as `grpc-status`, are not sent.
   * @throws StatusError for metadata that cannot be sent: INTERNAL, which names the key, or RESOURCE_EXHAUSTED, if it
   *   is over 64 KiB or 115 values
   */
  get trailer(): (metadata: Metadata | MetadataEntries) => void {
    return (metadata) => this.#opened.addTrailers(metadataFrom(metadata));
  }

  /**
   * Sends the response headers now, before the first message. That commits the call, so authorize and validate first.
   * @throws TypeError if the headers were sent already, because grpc-js would drop later ones silently
   * @throws StatusError for metadata that cannot be sent: INTERNAL, which names the key, or RESOURCE_EXHAUSTED, if it
   *   is over 64 KiB or 115 values
   */
  get header(): (metadata: Metadata | MetadataEntries) => void {
    return (metadata) => {
      const headers = sendable(metadataFrom(metadata), "response headers");
      if (!this.#opened.headersGo())
        throw new TypeError(`the response headers of ${this.path} are out already; send them before any message`);
      this.#call.sendMetadata(headers);
    };
  }

  /**
   * The context of the same call with more values. A middleware returns it for the later ones: `call.with({ user })`. A
   * value replaces an earlier value of the same name.
   * @throws TypeError for a name that every context has, such as `signal`
   */
  with<Values extends object>(
    values: Values & { readonly [Name in keyof CallContext]?: never },
  ): this & Readonly<Values> {
    const context = new CallContext(this.#call, this.#opened);
    const taken = Object.keys(values).find((name) => name in context);
    if (taken !== undefined) throw new TypeError(`every context has '${taken}' already: give the value another name`);
    return Object.assign(context, this, values) as unknown as this & Readonly<Values>;
  }
}

function deadlineOf(call: GrpcServerCall): Date | undefined {
  const deadline = call.getDeadline();
  return deadline === Number.POSITIVE_INFINITY ? undefined : new Date(deadline);
}

function goneReason(call: GrpcServerCall): StatusError {
  const deadline = deadlineOf(call);
  if (deadline && deadline.getTime() <= Date.now()) return deadlinePassed();
  return new StatusError(status.CANCELLED, "the client cancelled the call, or its connection was lost");
}

function deadlinePassed(): StatusError {
  return new StatusError(status.DEADLINE_EXCEEDED, "the deadline passed before the call had ended");
}
