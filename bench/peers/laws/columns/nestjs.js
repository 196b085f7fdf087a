// https://docs.nestjs.com/microservices/grpc and https://docs.nestjs.com/microservices/exception-filters

import { Metadata } from "@grpc/grpc-js";
import { ClientProxyFactory, GrpcMethod, GrpcStreamMethod, RpcException } from "@nestjs/microservices";
import { concatMap, count, from, fromEvent, lastValueFrom, map, take, tap } from "rxjs";
import { everything } from "../../item.js";
import { decorate, grpcOptions, host } from "../../peers/nestjs.js";

export const statusError = (code, message) => new RpcException({ code, message });

export async function serve({ down, pushed, ask, askAsync = ask, received, complete, failed }) {
  class Controller {
    ask(request) {
      return askAsync ? askAsync(request) : request;
    }
    down() {
      return pushed ? fromEvent(pushed(), "item") : from(down());
    }
    up(requests) {
      return requests.pipe(
        tap({ next: received, complete, error: failed }),
        count(),
        map((total) => ({ count: total })),
      );
    }
  }
  decorate(Controller, { ask: GrpcMethod, down: GrpcMethod, up: GrpcStreamMethod });
  const { port } = await host(Controller);
  return port;
}

export async function connect(port) {
  const proxy = ClientProxyFactory.create(grpcOptions(port));
  const bench = proxy.getService("Bench");
  const all = (stream) => lastValueFrom(stream, { defaultValue: undefined });
  return {
    ask: (message) => lastValueFrom(bench.ask(message)),
    begin: () => bench.down(everything),
    take: (total) => all(bench.down(everything).pipe(take(total))),
    flow: (onItem) => all(bench.down(everything).pipe(tap(onItem))),
    pace: (onItem) => all(bench.down(everything).pipe(concatMap((message) => onItem(message)))),
    cancelAtOnce: () =>
      bench
        .down(everything)
        .subscribe({ error() {} })
        .unsubscribe(),
    upload: (source) => lastValueFrom(bench.up(from(source))),
    // Its pages know no deadline; what a method gets is handed on to grpc-js.
    deadline: (milliseconds) => all(bench.down(everything, new Metadata(), { deadline: Date.now() + milliseconds })),
    problem: ({ code, details, message, metadata }) => ({
      code,
      details: details ?? message,
      trailer: metadata?.get("x-reason")[0],
    }),
    close: () => proxy.close(),
  };
}
