// https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#usage
import { from } from "ix/asynciterable";
import { withAbort } from "ix/asynciterable/operators";
import { createChannel, createClientFactory, createServer, Metadata, ServerError } from "nice-grpc";
import { deadlineMiddleware } from "nice-grpc-client-middleware-deadline";
import { fromEvent } from "rxjs";
import { BenchService } from "../../../../dist/src/gen/quartet/bench/v1/bench.js";
import { calls, handlers, problemOf } from "./iterables.js";

export const statusError = (code, details) => new ServerError(code, details);

// https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#example-observables
const iterate = (emitter, signal) => from(fromEvent(emitter, "item")).pipe(withAbort(signal));

export async function serve(behavior) {
  const server = createServer();
  // The library requires a handler for every method.
  const { ask, down, up } = BenchService;
  server.add({ ask, down, up }, handlers(behavior, iterate));
  return server.listen("127.0.0.1:0");
}

export async function connect(address) {
  const channel = createChannel(address);
  const client = createClientFactory().use(deadlineMiddleware).create(BenchService, channel);
  let trailers = Metadata();
  const onTrailer = (received) => {
    trailers = received;
  };
  return {
    ...calls(client, (deadline) => ({ deadline })),
    ask: (message) => client.ask(message, { onTrailer }),
    problem: (error) => ({ ...problemOf(error), trailer: trailers.get("x-reason") }),
    close: () => channel.close(),
  };
}
