// https://docs.nestjs.com/microservices/grpc and https://docs.nestjs.com/microservices/exception-filters

import { Metadata } from "@grpc/grpc-js";
import { GrpcMethod, GrpcStreamMethod, RpcException } from "@nestjs/microservices";
import { concatMap, from, fromEvent, lastValueFrom, take, tap } from "rxjs";
import { counted, dial, host } from "../../peers/nestjs.js";
import { everything, problemOf } from "./iterables.js";

export const statusError = (code, message) => new RpcException({ code, message });

export function serve({ down, pushed, ask, askAsync = ask, received, complete, failed }) {
  class Controller {
    ask(request) {
      return askAsync ? askAsync(request) : request;
    }
    down() {
      return pushed ? fromEvent(pushed(), "item") : from(down());
    }
    up(requests) {
      return counted(requests.pipe(tap({ next: received, complete, error: failed })));
    }
  }
  return host(Controller, { ask: GrpcMethod, down: GrpcMethod, up: GrpcStreamMethod });
}

export async function connect(address) {
  const { bench, close } = dial(address);
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
    // Its pages do not mention deadlines, but it passes a method's options on to grpc-js.
    deadline: (milliseconds) => all(bench.down(everything, new Metadata(), { deadline: Date.now() + milliseconds })),
    problem: problemOf,
    close,
  };
}
