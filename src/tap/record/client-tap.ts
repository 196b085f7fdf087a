import { randomUUID } from "node:crypto";
import { InterceptingCall, type Interceptor } from "@grpc/grpc-js";
import { callIdKey, metadataDetail } from "./call-metadata.js";
import { printable } from "./printable.js";
import type { Recording } from "./recording.js";
import { messageDetail, type TapOptions } from "./tap-options.js";

/**
 * A client interceptor that records every call made through it: `new Client(address, credentials, { interceptors:
 * [tapClient(recording)] })`. It changes nothing but one key of the request's metadata (`quartet-call-id`). A request
 * is recorded when it is handed to the channel, a response when grpc-js hands it up: up to 16 objects before the
 * program reads it.
 */
export function tapClient(recording: Recording, options: TapOptions = {}): Interceptor {
  return (callOptions, nextCall) => {
    const method = callOptions.method_definition;
    const callId = randomUUID();
    const log = recording.open({ callId, side: "client", path: method.path });
    if (log === undefined) return new InterceptingCall(nextCall(callOptions));

    const sent = messageDetail(options, method.path, "request", method.requestSerialize);
    const received = messageDetail(options, method.path, "response");
    let over = false;
    const below = nextCall(callOptions);
    // Before the call has a connection, its peer is the channel's target. Later it never is.
    const target = below.getPeer();
    return new InterceptingCall(below, {
      start(metadata, _listener, next) {
        // A copy, because grpc-js sends the headers later. If the program used one Metadata for two calls, both would
        // get the second id.
        const copy = metadata.clone();
        copy.set(callIdKey, callId);
        const { requestStream, responseStream } = method;
        log.record("call", { requestStream, responseStream, ...metadataDetail(metadata) });
        next(copy, {
          onReceiveMetadata(headers, up) {
            log.record("headers", metadataDetail(headers));
            up(headers);
          },
          onReceiveMessage(message, up) {
            // In a unary or client-streaming call that fails, grpc-js passes null as the response.
            if (message !== null) log.record("response", received(message));
            up(message);
          },
          onReceiveStatus(status, up) {
            over = true;
            const details = printable(status.details);
            const unsent = below.getPeer() === target ? { unsent: true } : {};
            log.record("status", { code: status.code, details, ...unsent, ...metadataDetail(status.metadata) });
            up(status);
          },
        });
      },
      sendMessage(message, next) {
        log.record("request", sent(message));
        next(message);
      },
      halfClose(next) {
        log.record("half-close");
        next();
      },
      cancel(next) {
        // A second cancel, or one after the end, changes nothing on the wire.
        if (!over) log.record("cancel");
        over = true;
        next();
      },
    });
  };
}
