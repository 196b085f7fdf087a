import type { Encoded, Outgoing } from "../encoded.js";

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
