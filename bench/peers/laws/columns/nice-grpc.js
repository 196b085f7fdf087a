// https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#usage
import { from } from "ix/asynciterable";
import { withAbort } from "ix/asynciterable/operators";
import { createChannel, createClientFactory, createServer, Metadata, ServerError } from "nice-grpc";
import { deadlineMiddleware } from "nice-grpc-client-middleware-deadline";
import { fromEvent } from "rxjs";
import { BenchDefinition } from "../../peers/nice-grpc-definition.js";
import { calls, handlers } from "./iterables.js";

export const statusError = (code, details) => new ServerError(code, details);

// https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#example-observables
const iterate = (emitter, signal) => from(fromEvent(emitter, "item")).pipe(withAbort(signal));

export async function serve(behaviour) {
  const server = createServer();
  // It asks for a handler of every method.
  const { ask, down, up } = BenchDefinition.methods;
  server.add({ ...BenchDefinition, methods: { ask, down, up } }, handlers(behaviour, iterate));
  return server.listen("127.0.0.1:0");
}

export async function connect(port) {
  const channel = createChannel(`127.0.0.1:${port}`);
  const client = createClientFactory().use(deadlineMiddleware).create(BenchDefinition, channel);
  const common = calls(client);
  let trailers = Metadata();
  return {
    ...common,
    ask: (message) =>
      client.ask(message, {
        onTrailer(received) {
          trailers = received;
        },
      }),
    deadline: (milliseconds) => common.deadline({ deadline: milliseconds }),
    problem: ({ code, details, message }) => ({ code, details: details ?? message, trailer: trailers.get("x-reason") }),
    close: () => channel.close(),
  };
}
