import { Metadata, type MethodDefinition, type StatusObject, status } from "@grpc/grpc-js";
import { reportLate, reportStalledPeer, reportUnexpected } from "../errors/diagnostics.js";
import { isForTheWire, StatusError, statusOf } from "../errors/status-error.js";
import { Encoded, type Outgoing } from "../stream/encoded.js";
import { isMetadata, metadataFrom, sendable } from "../stream/metadata.js";
import { ReaderTooSlow } from "../stream/send/overflow.js";
import { CallContext, deadlineOf, type GrpcServerCall } from "./call-context.js";

/** A status in the form that grpc-js takes. */
type OutgoingStatus = Pick<StatusObject, "code" | "details" | "metadata">;

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

function goneReason(call: GrpcServerCall): StatusError {
  const deadline = deadlineOf(call);
  if (deadline && deadline.getTime() <= Date.now()) return deadlinePassed();
  return new StatusError(status.CANCELLED, "the client cancelled the call, or its connection was lost");
}

function deadlinePassed(): StatusError {
  return new StatusError(status.DEADLINE_EXCEEDED, "the deadline passed before the call had ended");
}
