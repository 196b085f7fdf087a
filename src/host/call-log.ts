import { ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { Logger } from "pino";

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
  return ({ path }, call) => {
    const began = performance.now();
    // Asked now: when the call is over, its connection may be gone and the peer's address with it.
    const peer = call.getPeer();
    let messagesIn = 0;
    let messagesOut = 0;
    let started = false;
    let sent: { code: number; details: string } | undefined;

    const write = () => {
      const late = Date.now() + deadlineSlackMs >= Number(call.getDeadline());
      const code = sent?.code ?? (late ? status.DEADLINE_EXCEEDED : status.CANCELLED);
      const level = infrastructure.test(path) ? "debug" : serverFaults.has(code) ? "warn" : "info";
      log[level](
        {
          path,
          peer,
          code: status[code] ?? String(code),
          durationMs: Math.round((performance.now() - began) * 10) / 10,
          messagesIn,
          messagesOut,
          ...(sent === undefined ? { inferred: true } : {}),
          ...(sent !== undefined && code !== status.OK ? { details: sent.details } : {}),
        },
        "call",
      );
    };

    return new ServerInterceptingCall(call, {
      start: (next) => {
        started = true;
        next({
          onReceiveMessage: (message, pass) => {
            messagesIn += 1;
            pass(message);
          },
          // grpc-js says "cancel" once after every call, also after one that went well.
          onCancel: write,
        });
      },
      sendMessage: (message, pass) => {
        messagesOut += 1;
        pass(message);
      },
      sendStatus: (outcome, pass) => {
        sent ??= outcome;
        pass(outcome);
        // Another interceptor has refused the call before it began: grpc-js knows no listener to tell of its end.
        if (!started) write();
      },
    });
  };
}
