import { type ServerInterceptingCallInterface, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { DirectCall, type PassingStatus } from "quartet-bridge";

/** Codes that say that the server is at fault; everything else may be the caller's doing. */
const serverFaults: ReadonlySet<number> = new Set([status.UNKNOWN, status.INTERNAL, status.DATA_LOSS]);

/** What a machine asks for again and again, and a person rarely wants to read: logged at debug. */
const infrastructure = /^\/grpc\.(health|reflection)\./;

/**
 * The server's timer for a deadline starts at the time that the event loop last looked at, so it may fire before the
 * deadline by as long as that turn of the loop has taken.
 */
const deadlineSlackMs = 50;

/**
 * One line for every call, when it is over: path, peer, code, duration, messages in and out.
 *
 * It is written when the stream is closed and not when the handler has sent its status, since a status may wait long
 * behind messages that a slow peer has not read. grpc-js sends DEADLINE_EXCEEDED, and the statuses for messages that
 * are malformed, too large or, of a handler without the bridge, cannot be serialised, past its interceptors: then the
 * line has `inferred: true` and the code that fits best, DEADLINE_EXCEEDED if the deadline has passed, else CANCELLED.
 * The client's record has the last word. A call of an unknown method runs no interceptor and has no line.
 */
export function callLog(log: Logger): ServerInterceptor {
  return ({ path }, call) => new LoggedCall(call, path, log);
}

class LoggedCall extends DirectCall {
  readonly #log: Logger;
  readonly #path: string;
  /** Asked when it begins: when the call is over, its connection may be gone and the peer's address with it. */
  readonly #peer: string;
  readonly #began = performance.now();
  #messagesIn = 0;
  #messagesOut = 0;
  #sent: { readonly code: number; readonly details: string } | undefined;

  constructor(towardsWire: ServerInterceptingCallInterface, path: string, log: Logger) {
    super(towardsWire);
    this.#log = log;
    this.#path = path;
    this.#peer = towardsWire.getPeer();
  }

  override onReceiveMessage(message: unknown): void {
    this.#messagesIn += 1;
    super.onReceiveMessage(message);
  }

  override onCancel(): void {
    this.#write();
    super.onCancel();
  }

  override sendMessage(message: unknown, taken: () => void): void {
    this.#messagesOut += 1;
    super.sendMessage(message, taken);
  }

  override sendStatus(outcome: PassingStatus): void {
    this.#sent ??= { code: outcome.code ?? status.UNKNOWN, details: outcome.details ?? "" };
    super.sendStatus(outcome);
    // Another interceptor has refused the call before it began: grpc-js knows no listener to tell of its end.
    if (!this.started) this.#write();
  }

  #write(): void {
    const sent = this.#sent;
    const late = Date.now() + deadlineSlackMs >= Number(this.getDeadline());
    const code = sent?.code ?? (late ? status.DEADLINE_EXCEEDED : status.CANCELLED);
    const level = infrastructure.test(this.#path) ? "debug" : serverFaults.has(code) ? "warn" : "info";
    this.#log[level](
      {
        path: this.#path,
        peer: this.#peer,
        code: status[code] ?? String(code),
        durationMs: Math.round((performance.now() - this.#began) * 10) / 10,
        messagesIn: this.#messagesIn,
        messagesOut: this.#messagesOut,
        ...(sent === undefined ? { inferred: true } : {}),
        ...(sent !== undefined && code !== status.OK ? { details: sent.details } : {}),
      },
      "call",
    );
  }
}
