import type { CallCredentials, Interceptor, Metadata, StatusObject } from "@grpc/grpc-js";
import { isMetadata, type MetadataEntries, metadataFrom } from "../stream/metadata.js";
import { longestTimerMs } from "../stream/overflow.js";

/** What may be said about one call beside its messages. An option that is undefined counts as absent. */
export interface CallOptions {
  /**
   * The request headers. Keys that gRPC sets itself, such as `grpc-timeout`, are not sent. Metadata that cannot be sent
   * fails the call before it begins: INTERNAL names the key, RESOURCE_EXHAUSTED is over 64 KiB.
   */
  readonly metadata?: Metadata | MetadataEntries | undefined;
  /**
   * The moment until which the whole call may last; pass on the one of the call that you are serving. None by default.
   * One that is more than 24.8 days away is sent as none; an invalid one is a RangeError, and no call is made.
   */
  readonly deadline?: Date | undefined;
  /**
   * Milliseconds from the begin of each call until its deadline; 0 or less has passed. With `deadline` too, the earlier
   * one counts. NaN is a RangeError.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Cancels the call when it aborts: the call fails with CANCELLED, and the signal's reason is the error's `cause`. If
   * it has aborted already, no call is made. The listener is removed when the call ends.
   */
  readonly signal?: AbortSignal | undefined;
  /** Credentials for this call, besides those of the client. grpc-js sends them without TLS too, readable on the way. */
  readonly credentials?: CallCredentials | undefined;
  /** grpc-js interceptors for this call. They replace those of the client: that is how grpc-js has it. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Called with the response headers, when they come. A call that fails at once has none. What it throws ends the call.
   */
  readonly onHeaders?: ((headers: Metadata) => void) | undefined;
  /** Called with the status, trailers included, just before the outcome is seen; what it throws is then the outcome. */
  readonly onStatus?: ((status: StatusObject) => void) | undefined;
}

/** `options`, and `defaults` for those that are absent. Metadata is merged by key. */
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
    // What is wrong with them is said where the call fails by it.
    return entries;
  }
}

/**
 * From this many milliseconds on a deadline is not sent. grpc-js rounds a timeout up to a minute at most, and a server
 * of grpc-js ends a call at once whose timeout is over 2^31 - 1 ms (fact 28).
 */
const longestTimeoutMs = longestTimerMs - 60_000;

/**
 * The moment, in milliseconds since 1970, until which a call that begins now may last: the earlier of the two, if both
 * are given. Undefined if there is none, or none that can be sent.
 *
 * @throws RangeError for NaN and an invalid Date, which would end the process in a promise of grpc-js
 */
export function deadlineFrom(
  { deadline, timeoutMs }: Pick<CallOptions, "deadline" | "timeoutMs">,
  now = Date.now(),
): number | undefined {
  const left = Math.min(
    deadline === undefined ? Number.POSITIVE_INFINITY : deadline.getTime() - now,
    timeoutMs ?? Number.POSITIVE_INFINITY,
  );
  if (Number.isNaN(left)) throw new RangeError("the deadline of the call is not a moment");
  return left > longestTimeoutMs ? undefined : Math.max(now + left, 0);
}
