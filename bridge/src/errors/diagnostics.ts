import { channel } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { saysThatTheCallIsOver } from "./status-error.js";

/**
 * The real error of a call whose peer was told UNKNOWN. Or an error that no code handles (law L25), such as that of an
 * Observable without an error handler.
 */
export interface UnexpectedError {
  /**
   * The full path of the method, `/package.Service/Method`. It is `hub`, `resuming` or `mapOnDemand` for an error of
   * these, if they know of no call.
   */
  readonly path: string;
  readonly error: unknown;
}

const unexpectedErrors = channel("quartet.bridge.unexpected-error");

/**
 * Calls `listener` with every unexpected error of this process from now on, and returns the function that stops this.
 * Every process should have a listener that writes to the server's log; the bridge itself knows no logger. Without a
 * listener, an error is a warning of the process. An error that the listener throws is an uncaught exception.
 */
export function onUnexpectedError(listener: (event: UnexpectedError) => void): () => void {
  const subscriber = (message: unknown) => listener(message as UnexpectedError);
  unexpectedErrors.subscribe(subscriber);
  return () => {
    unexpectedErrors.unsubscribe(subscriber);
  };
}

/** Passes an unexpected error to the listeners. Without one, Node prints it as a warning, so it is never lost. */
export function reportUnexpected(event: UnexpectedError): void {
  if (unexpectedErrors.hasSubscribers) unexpectedErrors.publish(event);
  else process.emitWarning(warningOf(event.error));
}

/** Node reads a warning in an event, where a getter that throws would end the process. */
function warningOf(error: unknown): Error | string {
  try {
    if (!(error instanceof Error)) return inspect(error);
    return [error.name, error.message, error.stack].every((part) => typeof part === "string") ? error : inspect(error);
  } catch {
    return "an error that cannot be shown";
  }
}

/** {@link reportUnexpected} for an error of code that was stopped, unless the error only says that it was stopped. */
export function reportLate(event: UnexpectedError): void {
  if (!saysThatTheCallIsOver(event.error)) reportUnexpected(event);
}

/** A reader that has not even taken the status of a call that the server ended because the reader was too slow. */
export interface StalledPeer {
  /** The full path of the method, `/package.Service/Method`. */
  readonly path: string;
  /** The peer's address, as `call.getPeer()` gave it while the call was open: `127.0.0.1:40312`. */
  readonly peer: string;
}

const stalledPeers = channel("quartet.bridge.stalled-peer");

/**
 * Calls `listener` with every stalled peer of this process from now on, and returns the function that stops this.
 *
 * The server has ended a call because its reader was too slow, and the reader has not taken the status either within
 * the limit of the policy. Only the end of its connection frees what the call still holds, and its other calls end too.
 * The bridge has no connections, so the listener of a server must cut it. An error that the listener throws is an
 * uncaught exception.
 */
export function onStalledPeer(listener: (event: StalledPeer) => void): () => void {
  const subscriber = (message: unknown) => listener(message as StalledPeer);
  stalledPeers.subscribe(subscriber);
  return () => {
    stalledPeers.unsubscribe(subscriber);
  };
}

/** Passes a stalled peer to the listeners. Without one, the call keeps what it holds until its peer is gone. */
export function reportStalledPeer(event: StalledPeer): void {
  stalledPeers.publish(event);
}
