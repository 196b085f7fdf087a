import {
  Metadata,
  type MetadataValue,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { map, type Observable } from "rxjs";
import { aborted } from "./aborted.js";
import { Encoded, type Outgoing } from "./encoded.js";
import { ReaderTooSlow } from "./overflow.js";
import { reportStalledPeer } from "./stalled-peer.js";
import { isStatus, type OutgoingStatus, StatusError, statusOf } from "./status-error.js";
import { reportUnexpected } from "./unexpected-error.js";

/** Metadata as an object literal: a value under each key. */
export type MetadataEntries = Readonly<Record<string, MetadataValue>>;

/** What a handler knows of its call and can say beside its messages. */
export interface CallContext {
  /** The request headers. */
  readonly metadata: Metadata;
  /** The full path of the method, `/package.Service/Method`. */
  readonly path: string;
  /** The address of the client, `host:port`, or 'unknown' once its connection has gone. */
  readonly peer: string;
  /** The moment until which the client waits; undefined when it set none. Pass it on to calls made for this one. */
  readonly deadline: Date | undefined;
  /**
   * Aborts when the call is over before the handler has ended it: the client cancelled, the deadline passed, the
   * connection broke. Its reason is a {@link StatusError}: DEADLINE_EXCEEDED if the deadline has passed by the server's
   * clock, else CANCELLED; a client gives up at its deadline by a cancel, which may come a moment before. It does not
   * abort after the handler has ended the call.
   */
  readonly signal: AbortSignal;
  /** The same for a pipe: emits the reason of `signal` and completes, also where it has happened already. */
  readonly cancelled$: Observable<StatusError>;
  /**
   * Sends the response headers now, ahead of the first message. It commits the call: authorise and validate before.
   * @throws TypeError when they are out already, for they would vanish without a word.
   */
  header(metadata: Metadata | MetadataEntries): void;
  /**
   * Sends metadata with the status, whatever that will be; may be called again for more. Stay under 4 KiB in all: other
   * languages' clients refuse more. After the call has ended it does nothing.
   */
  trailer(metadata: Metadata | MetadataEntries): void;
}

/** What the four kinds of calls of a grpc-js server have in common. */
type GrpcServerCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerWritableStream<unknown, unknown>,
  "metadata" | "cancelled" | "getPath" | "getPeer" | "getDeadline" | "sendMetadata"
> & { on(event: "cancelled", listener: () => void): unknown };

/** One call on the server, from its begin to its one ending. */
export interface ServerCall<Res> {
  readonly context: CallContext;
  /** What `context.trailer` was given. */
  readonly trailers: Metadata;
  /**
   * Serialises a response. Where that fails, the status says that it was our failure, and the error itself is reported:
   * grpc-js would swallow it.
   */
  accept(this: void, response: Outgoing<Res>): Encoded<Res>;
  /** Whether the call has ended, by us or by the peer. */
  readonly over: boolean;
  /** Has `listener`, the only one, called when the peer ends the call before we have; at once if it has. */
  onPeerGone(listener: () => void): void;
  /** Why nothing more can be read or written. */
  goneReason(): StatusError;
  /** The response headers go out with what is written now: a later `header` must throw. */
  headersGo(): void;
  /** Takes the right to send the ending. False: somebody has sent one, or the peer is gone and nobody would hear it. */
  end(): boolean;
  /** The status for `error`, trailers included. Reports the error where it was not meant for the wire. */
  failure(error: unknown): OutgoingStatus;
  /** `error` came when the call was over already: for the log alone, and not even that where it only says so. */
  failedLate(error: unknown): void;
}

export function serverCall<Res>(
  call: GrpcServerCall,
  { responseSerialize }: { responseSerialize(response: Res): Buffer },
): ServerCall<Res> {
  const path = call.getPath();
  const trailers = new Metadata();
  let ended = false;
  let headersSent = false;

  /** Made when a handler asks for the signal, and most never do: it is the most expensive part of a call's context. */
  let abort: AbortController | undefined;
  let gone: StatusError | undefined;
  let onGone: (() => void) | undefined;

  function signal(): AbortSignal {
    if (abort === undefined) {
      abort = new AbortController();
      if (gone) abort.abort(gone);
    }
    return abort.signal;
  }

  // grpc-js emits 'cancelled' after every call, also after one that ended well: only before our own end is it news.
  call.on("cancelled", () => {
    if (ended || gone) return;
    gone = goneReason(call);
    abort?.abort(gone);
    onGone?.();
  });

  /**
   * The status of a call cannot reach a reader that does not read, and nothing but the end of its connection frees what
   * the call holds then (fact 18).
   */
  function watchOver(patienceMs: number): void {
    const peer = call.getPeer();
    const timer = setTimeout(() => reportStalledPeer({ path, peer }), patienceMs);
    timer.unref();
    call.on("cancelled", () => clearTimeout(timer));
  }

  return {
    context: {
      metadata: call.metadata,
      path,
      get peer() {
        return call.getPeer();
      },
      deadline: deadlineOf(call),
      get signal() {
        return signal();
      },
      get cancelled$() {
        return aborted(signal()).pipe(map((reason) => reason as StatusError));
      },
      trailer: (metadata) => trailers.merge(metadataOf(metadata)),
      header(metadata) {
        if (headersSent)
          throw new TypeError(`the response headers of ${path} are out already; send them before any message`);
        const headers = metadataOf(metadata);
        headersSent = true;
        call.sendMetadata(headers);
      },
    },
    trailers,
    accept(response) {
      if (response instanceof Encoded) return response;
      try {
        return new Encoded(response, responseSerialize(response));
      } catch (error) {
        reportUnexpected({ path, error });
        throw new StatusError(status.INTERNAL, "the response could not be serialised; the server's log says why");
      }
    },
    get over() {
      return ended || gone !== undefined || call.cancelled;
    },
    onPeerGone(listener) {
      if (gone) listener();
      else onGone = listener;
    },
    goneReason() {
      return gone ?? new StatusError(status.CANCELLED, "the server has ended the call");
    },
    headersGo() {
      headersSent = true;
    },
    end() {
      if (ended || gone) return false;
      ended = true;
      headersSent = true;
      return true;
    },
    failure(error) {
      if (!isStatus(error)) reportUnexpected({ path, error });
      if (error instanceof ReaderTooSlow) watchOver(error.patienceMs);
      const outgoing = statusOf(error);
      const metadata = outgoing.metadata.clone();
      metadata.merge(trailers);
      return { ...outgoing, metadata };
    },
    failedLate(error) {
      const saysThatTheCallIsOver = error === gone || (error instanceof Error && error.name === "AbortError");
      if (!saysThatTheCallIsOver && !isStatus(error)) reportUnexpected({ path, error });
    },
  };
}

function metadataOf(metadata: Metadata | MetadataEntries): Metadata {
  if (metadata instanceof Metadata) return metadata;
  const made = new Metadata();
  for (const [key, value] of Object.entries(metadata)) made.set(key, value);
  return made;
}

function deadlineOf(call: GrpcServerCall): Date | undefined {
  const deadline = call.getDeadline();
  return deadline === Number.POSITIVE_INFINITY ? undefined : new Date(deadline);
}

function goneReason(call: GrpcServerCall): StatusError {
  const deadline = deadlineOf(call);
  if (deadline && deadline.getTime() <= Date.now()) {
    return new StatusError(status.DEADLINE_EXCEEDED, "the deadline passed before the call had ended");
  }
  return new StatusError(status.CANCELLED, "the client cancelled the call, or its connection was lost");
}
