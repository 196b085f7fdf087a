import type { Encoded, Outgoing } from "./encoded.js";

/** The writing side of a call, as a pump sees it. */
export interface Outlet<T> {
  /**
   * Serializes the message in the turn in which the source gives it, so a later change of the object is not sent (law
   * L21). If it throws, the call ends with that error.
   */
  accept(message: Outgoing<T>): Encoded<T>;
  /** Takes the message. After false, wait for {@link Pump.drained} before the next message. */
  write(message: Encoded<T>): boolean;
  /** The source has ended. */
  end(): void;
  /** The source has failed. Its earlier messages have been written, unless the reader was too slow. */
  fail(error: unknown): void;
  /** The source has failed after the pump was stopped. The call is over, so only the log gets the error. */
  failedLate(error: unknown): void;
}

/** Moves a source's messages into an outlet, at the outlet's pace. */
export interface Pump {
  /**
   * Starts to read the source. First make sure that you can call {@link stop}: the first message may end the call.
   *
   * @param room false if the outlet has no room before {@link drained}; an Observable is subscribed nevertheless
   */
  start(room?: boolean): void;
  /** The outlet has room again. Safe to call at any time. */
  drained(): void;
  /** The call is over: finalizes the source at once and writes nothing more. May be called again, and after the end. */
  stop(): void;
}

/**
 * The size in bytes from which a message must leave the stream object before the next one may enter. Node counts
 * objects there, so it would hold sixteen messages of 4 MiB as readily as sixteen of 40 bytes.
 */
const large = 16 * 1024;

/** The part of a grpc-js call that writes messages. */
export interface Writer<T, Written = Encoded<T>> {
  readonly writableLength: number;
  on(event: "drain", listener: () => void): unknown;
  write(message: Written, left?: () => void): boolean;
}

/**
 * Returns the function that writes a message to a bridged call, and says whether there is room for the next one. If
 * there is none, `drained` is called when there is.
 *
 * After a cancel 'drain' never comes (fact 6), so a writer that waits for it must be stopped when the call ends.
 */
export function roomFor<T>(call: Writer<T>, drained: () => void): (message: Encoded<T>) => boolean {
  // One listener per call, not one per write (fact 6).
  call.on("drain", drained);
  // With a write window, this callback can come long after the next message has taken the place of this one.
  const left = () => {
    if (call.writableLength === 0) drained();
  };
  return (message) => {
    if (message.bytes.length < large) return call.write(message);
    call.write(message, left);
    return call.writableLength === 0;
  };
}
