import { randomUUID } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";
import { caller } from "quartet-bridge";
import { UnaryService } from "#gen/tutorials/unary.js";
import type { Case } from "../../host/index.js";

/**
 * What travels beside the messages: request headers, then the response's headers before the answer, then its trailers
 * after the answer, with the status.
 */
export const metadata: Case = async ({ client, signal, say }) => {
  const request = new Metadata();
  // A name for this call, so that you can compare the logs of both sides.
  request.set("request-id", randomUUID());

  let headers = new Metadata();
  let trailers = new Metadata();
  await caller(UnaryService, client).getServerResponse(
    { message: "Hi" },
    {
      metadata: request,
      onHeaders: (received) => {
        headers = received;
      },
      onStatus: (status) => {
        trailers = status.metadata;
      },
      timeoutMs: 5000,
      signal,
    },
  );
  say(`request headers:  request-id ${request.get("request-id")}`);
  say(`response headers: request-id ${valuesOf(headers, "request-id")}`);
  say(`trailers:         handler-us ${valuesOf(trailers, "handler-us")}`);
};

/** A key may have several values, or none: other servers of this contract send none. */
function valuesOf(received: Metadata, key: string): string {
  return received.get(key).join(", ") || "(not sent by this server)";
}
