import { type ServerInterceptingCallInterface, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { DirectCall, type PassingStatus } from "quartet-bridge";

/** Codes that mean a fault of the server. All others may be the caller's fault. */
const serverFaults: ReadonlySet<number> = new Set([status.UNKNOWN, status.INTERNAL, status.DATA_LOSS]);

/** Machines call these services again and again, so their calls are logged at debug. */
const infrastructure = /^\/grpc\.(health|reflection)\./;

/**
 * The server's timer for a deadline starts at the event loop's last look at the clock. So it may fire early, by as long
 * as that turn of the loop took.
 */
const deadlineSlackMs = 50;

/**
 * One line per call, when it is over: path, peer, code, duration, and the numbers of messages.
 *
 * The line is written when the stream closes, because a status may wait behind messages that a slow peer has not read.
 * grpc-js sends some statuses past its interceptors: DEADLINE_EXCEEDED, and those for messages that are malformed, too
 * large or cannot be serialized. The line then has `inferred: true` and the likely code: DEADLINE_EXCEEDED if the
 * deadline has passed, otherwise CANCELLED. The client's record is the exact one. A call of an unknown method runs no
 * interceptor, so it has no line.
 */
export function callLog(log: Logger): ServerInterceptor {
  return ({ path }, call) => new LoggedCall(call, path, log);
}

class LoggedCall extends DirectCall {
  readonly #log: Logger;
  readonly #path: string;
  /** Read at the beginning: when the call is over, its connection may be gone, and the address with it. */
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
    // Another interceptor has refused the call before it began, so grpc-js has no listener to call at its end.
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
