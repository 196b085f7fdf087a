// https://connectrpc.com/docs/node/implementing-services and https://connectrpc.com/docs/node/using-clients
import { on } from "node:events";
import { ConnectError } from "@connectrpc/connect";
import { dial, listen } from "../../peers/connect.js";
import { calls, handlers } from "./iterables.js";

// https://connectrpc.com/docs/node/errors
export const statusError = (code, details) => new ConnectError(details, code);

// The library has no source that pushes, so this uses Node's:
// https://nodejs.org/api/events.html#eventsonemitter-eventname-options
async function* iterate(emitter, signal) {
  for await (const [message] of on(emitter, "item", { signal })) yield message;
}

export const serve = (behavior) => listen(handlers(behavior, iterate));

export function connect(address) {
  const { client, close } = dial(address);
  return {
    // https://connectrpc.com/docs/node/timeouts
    ...calls(client, (timeoutMs) => ({ timeoutMs })),
    problem(error) {
      const { code, rawMessage, metadata } = ConnectError.from(error);
      return { code, details: rawMessage, trailer: metadata.get("x-reason") ?? undefined };
    },
    close,
  };
}
