import { channel } from "node:diagnostics_channel";
import { inspect } from "node:util";

/**
 * An error that a handler did not mean for the wire: the peer was told UNKNOWN, and this is what really happened. Or one
 * that nobody is left to hear, of a member of a hub that is gone.
 */
export interface UnexpectedError {
  /** The full path of the method, `/package.Service/Method`; `hub` where a hub knows of no call. */
  readonly path: string;
  readonly error: unknown;
}

const unexpectedErrors = channel("quartet.bridge.unexpected-error");

/**
 * Calls `listener` with every unexpected error of this process from now on, and returns the function that ends this.
 * A server's log is the listener that every process should have; the bridge itself knows no logger. Without a listener
 * an error is a warning of the process. What the listener throws is an uncaught exception.
 */
export function onUnexpectedError(listener: (event: UnexpectedError) => void): () => void {
  const subscriber = (message: unknown) => listener(message as UnexpectedError);
  unexpectedErrors.subscribe(subscriber);
  return () => {
    unexpectedErrors.unsubscribe(subscriber);
  };
}

/** Hands an unexpected error to those who listen; where nobody does, Node prints it as a warning, never nothing. */
export function reportUnexpected(event: UnexpectedError): void {
  if (unexpectedErrors.hasSubscribers) unexpectedErrors.publish(event);
  else process.emitWarning(event.error instanceof Error ? event.error : inspect(event.error));
}
