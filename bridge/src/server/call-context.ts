import type { Metadata, ServerReadableStream, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { map, type Observable } from "rxjs";
import type { StatusError } from "../errors/status-error.js";
import { aborted } from "../stream/aborted.js";
import { type MetadataEntries, metadataFrom, sendable } from "../stream/metadata.js";

/** What the four types of calls of a grpc-js server have in common. */
export type GrpcServerCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerWritableStream<unknown, unknown>,
  "metadata" | "cancelled" | "getPath" | "getPeer" | "getDeadline" | "sendMetadata"
> & { on(event: "cancelled", listener: () => void): unknown };

/** The part of its call that a context uses. */
interface Opened {
  /** See {@link CallContext.signal}. */
  readonly signal: AbortSignal;
  /** See {@link CallContext.trailer}. */
  addTrailers(metadata: Metadata): void;
  /** The response headers are sent with what is written now. @returns whether they had not been sent before */
  headersGo(): boolean;
}

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
   * Sends metadata with the status, whichever that is. You may call it again to add more. Stay under 4 KiB in total:
   * clients in other languages refuse more. Keys that gRPC sets itself, such as `grpc-status`, are not sent.
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

export function deadlineOf(call: GrpcServerCall): Date | undefined {
  const deadline = call.getDeadline();
  return deadline === Number.POSITIVE_INFINITY ? undefined : new Date(deadline);
}
