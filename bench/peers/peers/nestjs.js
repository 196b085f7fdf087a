// NestJS's transport for gRPC: https://docs.nestjs.com/microservices/grpc. Its decorators are applied by hand, since
// these files run as they are, and Node has no decorators.
import "reflect-metadata";
import { createServer } from "node:net";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ClientProxyFactory, GrpcMethod, GrpcStreamMethod, Transport } from "@nestjs/microservices";
import { concat, count, from, lastValueFrom, map, of, Subject, tap } from "rxjs";
import { item, itemsFor, protoFile, protoFolder, welcome } from "../item.js";

export const packages = ["@nestjs/microservices", "@nestjs/core", "@grpc/grpc-js"];

export const grpcOptions = (port) => ({
  transport: Transport.GRPC,
  options: {
    package: "quartet.bench.v1",
    protoPath: protoFile,
    loader: { includeDirs: [protoFolder] },
    url: `127.0.0.1:${port}`,
  },
});

/** `@GrpcMethod("Bench", "Down")` above the method `down`, and so on for the others. */
export function decorate(Class, methods) {
  for (const [name, decorator] of Object.entries(methods)) {
    const rpc = `${name[0].toUpperCase()}${name.slice(1)}`;
    const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, name);
    // A decorator may put another function in the descriptor's place.
    Object.defineProperty(
      Class.prototype,
      name,
      decorator("Bench", rpc)(Class.prototype, name, descriptor) ?? descriptor,
    );
  }
  Controller()(Class);
}

/** NestJS does not tell the port that it was given, so it needs one that was free a moment ago. */
const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Serves a controller. */
export async function host(Class) {
  class BenchModule {}
  Module({ controllers: [Class] })(BenchModule);
  const port = await freePort();
  const app = await NestFactory.createMicroservice(BenchModule, { ...grpcOptions(port), logger: ["error", "fatal"] });
  await app.listen();
  return { port, close: () => app.close() };
}

class BenchController {
  published = new Subject();

  ask(request) {
    return request;
  }
  down(request) {
    return from(itemsFor(request));
  }
  up(requests) {
    return requests.pipe(
      count(),
      map((total) => ({ count: total })),
    );
  }
  pingPong(requests) {
    return requests;
  }
  join() {
    return concat(of(welcome), this.published);
  }
  publish(requests) {
    return requests.pipe(
      tap((message) => this.published.next(message)),
      count(),
      map((total) => ({ count: total })),
    );
  }
}
decorate(BenchController, {
  ask: GrpcMethod,
  down: GrpcMethod,
  up: GrpcStreamMethod,
  pingPong: GrpcStreamMethod,
  join: GrpcMethod,
  publish: GrpcStreamMethod,
});

export const startServer = () => host(BenchController);

function* items(total) {
  for (let sequence = 0; sequence < total; sequence += 1) yield item(sequence);
}

export async function connect(port) {
  const options = grpcOptions(port);
  // Else several clients of one process would share one connection.
  options.options.channelOptions = { "grpc.use_local_subchannel_pool": 1 };
  const proxy = ClientProxyFactory.create(options);
  const bench = proxy.getService("Bench");
  return {
    ask: (message) => lastValueFrom(bench.ask(message)),
    down: (request, onItem) => lastValueFrom(bench.down(request).pipe(tap(onItem))),
    up: async (total) => (await lastValueFrom(bench.up(from(items(total))))).count,
    pingPong(total) {
      const balls = new Subject();
      let sequence = 0;
      const over = lastValueFrom(
        bench.pingPong(balls).pipe(
          tap(() => {
            sequence += 1;
            if (sequence < total) balls.next(item(sequence));
            else balls.complete();
          }),
        ),
      );
      balls.next(item(0));
      return over;
    },
    join(onItem) {
      const membership = bench.join({}).subscribe(onItem);
      return () => membership.unsubscribe();
    },
    async publish(produce) {
      const published = new Subject();
      const answer = lastValueFrom(bench.publish(published));
      await produce((message) => published.next(message));
      published.complete();
      return (await answer).count;
    },
    close: () => proxy.close(),
  };
}
