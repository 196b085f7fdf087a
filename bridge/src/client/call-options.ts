import type { CallCredentials, Interceptor, Metadata, StatusObject } from "@grpc/grpc-js";
import { isMetadata, type MetadataEntries, metadataFrom } from "../stream/metadata.js";
import { longestTimerMs } from "../stream/send/overflow.js";

/** The options of one call. An option that is undefined counts as absent. */
export interface CallOptions {
  /**
   * The request headers. Keys that gRPC sets itself, such as `grpc-timeout`, are not sent. If metadata cannot be sent,
   * the call fails before it begins: with INTERNAL, which names the key, or RESOURCE_EXHAUSTED, if it is over 64 KiB or
   * 115 values.
   */
  readonly metadata?: Metadata | MetadataEntries | undefined;
  /**
   * The moment until which the whole call may last; none by default. Pass on the deadline of the call that you are
   * serving. A deadline more than 24.8 days away is sent as none. An invalid Date is a RangeError, and no call is made.
   */
  readonly deadline?: Date | undefined;
  /**
   * Milliseconds from the beginning of each call to its deadline. With 0 or less the deadline has passed. If
   * `deadline` is set too, the earlier one counts. NaN is a RangeError.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Cancels the call when it aborts: the call fails with CANCELLED, and the signal's reason is the error's `cause`. If
   * the signal has aborted already, no call is made. The listener is removed when the call ends.
   */
  readonly signal?: AbortSignal | undefined;
  /** Credentials for this call, besides the client's. grpc-js sends them without TLS too, readable on the way. */
  readonly credentials?: CallCredentials | undefined;
  /** grpc-js interceptors for this call. In grpc-js they replace the interceptors of the client. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Called when the response headers arrive, if they do. An error that it throws ends the call. */
  readonly onHeaders?: ((headers: Metadata) => void) | undefined;
  /** Called with the status, trailers included, just before the outcome is seen. What it throws becomes the outcome. */
  readonly onStatus?: ((status: StatusObject) => void) | undefined;
}

/** `options`, with `defaults` for those that are absent. Metadata is merged by key. */
export function withDefaults(defaults: CallOptions, options: CallOptions): CallOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  if (!defaults.metadata || !options.metadata) return { ...defaults, ...given };
  return { ...defaults, ...given, metadata: merged(defaults.metadata, options.metadata) };
}

function merged(...given: readonly (Metadata | MetadataEntries)[]): Metadata | MetadataEntries {
  const entries: Record<string, MetadataEntries[string]> = {};
  const options = {};
  for (const each of given) {
    if (isMetadata(each)) Object.assign(options, each.getOptions());
    for (const [key, value] of Object.entries(isMetadata(each) ? each.toJSON() : each))
      entries[key.toLowerCase()] = value;
  }
  try {
    const metadata = metadataFrom(entries);
    metadata.setOptions(options);
    return metadata;
  } catch {
    // The call fails because of them, and says then what is wrong.
    return entries;
  }
}

/**
 * A deadline that is more than this many milliseconds away is not sent. grpc-js rounds a timeout up by at most a
 * minute, and a grpc-js server ends a call at once if its timeout is over 2^31 - 1 ms (fact 28).
 */
const longestTimeoutMs = longestTimerMs - 60_000;

/**
 * The moment, in milliseconds since 1970, until which a call that begins now may last: the earlier one, if both are
 * given. Undefined if there is none, or if it is too far away to be sent.
 *
 * @throws RangeError for NaN and an invalid Date, which would end the process in a promise of grpc-js (fact 27)
 */
export function deadlineFrom(
  { deadline, timeoutMs }: Pick<CallOptions, "deadline" | "timeoutMs">,
  now = Date.now(),
): number | undefined {
  const left = Math.min(
    deadline === undefined ? Number.POSITIVE_INFINITY : deadline.getTime() - now,
    timeoutMs ?? Number.POSITIVE_INFINITY,
  );
  if (Number.isNaN(left)) throw new RangeError("the deadline of the call is invalid: check `deadline` and `timeoutMs`");
  return left > longestTimeoutMs ? undefined : Math.max(now + left, 0);
}
