import { randomUUID } from "node:crypto";
import type { Metadata } from "@grpc/grpc-js";
import { implement } from "quartet-bridge";
import { UnaryService } from "#gen/tutorials/unary.js";

/** The tutorial's own text. */
export function response(message: string): string {
  return `Hello I am up and running received "${message}" message from you`;
}

/**
 * The service of unary.proto. It also shows metadata, which is about the call and not part of the message.
 *
 * The headers go out before the answer and name the call, so that you can compare the logs of both sides. The trailers
 * go out after it and say how long the handler took, in microseconds.
 */
export const serverResponse = implement(UnaryService, {
  getServerResponse({ message }, call) {
    const began = performance.now();
    call.header({ "request-id": requestId(call.metadata) });

    const answer = { message: response(message), received: true };
    call.trailer({ "handler-us": String(Math.round((performance.now() - began) * 1000)) });
    return answer;
  },
});

/** The client's id of the call if it is safe in a header and in a log; otherwise a new one. */
function requestId(metadata: Metadata): string {
  const [sent] = metadata.get("request-id");
  return typeof sent === "string" && /^[\w-]{1,64}$/.test(sent) ? sent : randomUUID();
}
