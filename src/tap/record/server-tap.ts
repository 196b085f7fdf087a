import { randomUUID } from "node:crypto";
import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { attemptOf, callIdOf, metadataDetail } from "./call-metadata.js";
import { printable } from "./printable.js";
import type { CallLog, Recording } from "./recording.js";
import { messageDetail, type TapOptions } from "./tap-options.js";

/**
 * A server interceptor that records every call to a known method: `new Server({ interceptors: [tapServer(recording)]
 * })`. A request is recorded when the handler's side reads it off the wire, a response when it is handed to the wire,
 * or to the write window before it: what waits in the Writable has not left yet. An end that no interceptor sees is
 * recorded as `ended`.
 */
export function tapServer(recording: Recording, options: TapOptions = {}): ServerInterceptor {
  return (method, call) => {
    const { path, requestStream, responseStream } = method;
    const received = messageDetail(options, path, "request");
    const sent = messageDetail(options, path, "response", method.responseSerialize);
    let log: CallLog | undefined;
    let over = false;
    return new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, up) {
            log = opened(recording, path, metadata);
            log?.record("call", { requestStream, responseStream, ...metadataDetail(metadata) });
            up(metadata);
          },
          onReceiveMessage(message, up) {
            log?.record("request", received(message));
            up(message);
          },
          onReceiveHalfClose(up) {
            log?.record("half-close");
            up();
          },
          onCancel() {
            // It comes after every call, also after a success (grpc-node#2771). It counts only if no status has passed.
            if (!over) log?.record("ended");
            over = true;
          },
        });
      },
      sendMetadata(headers, next) {
        log?.record("headers", metadataDetail(headers));
        next(headers);
      },
      sendMessage(message, next) {
        log?.record("response", sent(message));
        next(message);
      },
      sendStatus(status, next) {
        // If the call is already over, grpc-js drops the answer.
        if (!over) {
          const { code = 2, details = "", metadata } = status;
          log?.record("status", { code, details: printable(details ?? ""), ...metadataDetail(metadata) });
        }
        over = true;
        next(status);
      },
    });
  };
}

function opened(recording: Recording, path: string, metadata: Metadata): CallLog | undefined {
  const callId = callIdOf(metadata);
  const attempt = attemptOf(metadata);
  // Without a tap on the client, or if a client uses an id twice, the call gets an id of its own.
  if (callId === undefined || (attempt === 0 && recording.has("server", callId))) {
    return recording.open({ callId: randomUUID(), side: "server", path });
  }
  return recording.open({ callId, side: "server", path, ...(attempt > 0 ? { attempt } : {}) });
}
