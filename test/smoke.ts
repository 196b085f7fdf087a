import { type Client, Metadata, ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { CallOptions } from "quartet-bridge";
import { loopback } from "../bridge/test/harness/loopback.js";
import type { Hosting, HostOptions } from "../src/host/index.js";

const key = "request-id";

/** Sends the request's `request-id` back, as a header and as a trailer. */
const sendsIdBack: ServerInterceptor = (_method, call) => {
  let id = "";
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, pass) => {
          id = metadata.get(key).join();
          pass(metadata);
        },
      }),
    sendMetadata: (metadata, pass) => {
      metadata.set(key, id);
      pass(metadata);
    },
    sendStatus: (outcome, pass) => {
      const metadata = outcome.metadata ?? new Metadata();
      metadata.set(key, id);
      pass({ ...outcome, metadata });
    },
  });
};

/** What a client learns of one call besides its messages. */
export const wentWell = { headers: ["smoke"], code: "OK", trailers: ["smoke"] };

/**
 * Makes one call to the server that a folder builds. An interceptor sends the `request-id` of the request back as a header
 * and as a trailer.
 *
 * @returns the messages of the server, and what the client has learned besides them: {@link wentWell}
 */
export async function smoke<T>(
  build: (options: HostOptions) => Hosting,
  call: (client: Client, options: CallOptions) => Promise<T> | AsyncIterable<T>,
) {
  const { client } = await loopback(build({ interceptors: [sendsIdBack] }));
  const learned: Partial<Record<keyof typeof wentWell, unknown>> = {};
  const messages: T[] = [];
  const responses = call(client, {
    metadata: { [key]: "smoke" },
    onHeaders: (headers) => {
      learned.headers = headers.get(key);
    },
    onStatus: ({ code, metadata }) => {
      learned.code = status[code];
      learned.trailers = metadata.get(key);
    },
  });
  if (responses instanceof Promise) messages.push(await responses);
  else for await (const message of responses) messages.push(message);
  return { messages, learned };
}
