// NestJS's transport for gRPC: https://docs.nestjs.com/microservices/grpc. Its decorators are applied by hand, because
// these files run without a compiler, and Node has no decorators.
import "reflect-metadata";
import { once } from "node:events";
import { createServer } from "node:net";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ClientProxyFactory, GrpcMethod, GrpcStreamMethod, Transport } from "@nestjs/microservices";
import { concat, count, from, lastValueFrom, map, of, Subject, tap } from "rxjs";
import { items, welcome } from "../../../dist/bench/implementations/items.js";
import { oneByOne } from "../../../dist/bench/implementations/sending.js";
import { protoFile, protoFolder } from "../contract.js";

const grpcOptions = (url) => ({
  transport: Transport.GRPC,
  options: { package: "quartet.bench.v1", protoPath: protoFile, loader: { includeDirs: [protoFolder] }, url },
});

/** `@GrpcMethod("Bench", "Down")` above the method `down`, and likewise for the others. */
function decorate(Class, methods) {
  for (const [name, decorator] of Object.entries(methods)) {
    const rpc = `${name[0].toUpperCase()}${name.slice(1)}`;
    const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, name);
    // A decorator may replace the function in the descriptor.
    const decorated = decorator("Bench", rpc)(Class.prototype, name, descriptor) ?? descriptor;
    Object.defineProperty(Class.prototype, name, decorated);
  }
  Controller()(Class);
}

/** NestJS does not tell the port that it got, so it needs one that was free a moment ago. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** Serves a controller whose `methods` have these decorators; resolves with the port. */
export async function host(Class, methods) {
  decorate(Class, methods);
  class BenchModule {}
  Module({ controllers: [Class] })(BenchModule);
  const port = await freePort();
  const options = { ...grpcOptions(`127.0.0.1:${port}`), logger: ["error", "fatal"] };
  const app = await NestFactory.createMicroservice(BenchModule, options);
  await app.listen();
  return port;
}

/** A client, and the function that closes it. */
export function dial(address) {
  const proxy = ClientProxyFactory.create(grpcOptions(address));
  return { bench: proxy.getService("Bench"), close: () => proxy.close() };
}

/** Counts the requests, in the form of the response. */
export const counted = (requests) =>
  requests.pipe(
    count(),
    map((total) => ({ count: total })),
  );

class BenchController {
  published = new Subject();

  ask(request) {
    return request;
  }
  down(request) {
    return from(items(request));
  }
  up(requests) {
    return counted(requests);
  }
  pingPong(requests) {
    return requests;
  }
  join() {
    return concat(of(welcome), this.published);
  }
  publish(requests) {
    return counted(requests.pipe(tap((message) => this.published.next(message))));
  }
}

export const serve = async () => ({
  port: await host(BenchController, {
    ask: GrpcMethod,
    down: GrpcMethod,
    up: GrpcStreamMethod,
    pingPong: GrpcStreamMethod,
    join: GrpcMethod,
    publish: GrpcStreamMethod,
  }),
});

export function connect(address) {
  const { bench, close } = dial(address);
  return {
    ask: (item) => lastValueFrom(bench.ask(item)),
    down: (request) => lastValueFrom(bench.down(request).pipe(count())),
    up: async (source) => (await lastValueFrom(bench.up(from(source)))).count,
    pingPong(source) {
      const balls = new Subject();
      const serveBall = oneByOne(
        source,
        (ball) => balls.next(ball),
        () => balls.complete(),
      );
      const returned = lastValueFrom(bench.pingPong(balls).pipe(tap(serveBall), count()));
      serveBall();
      return returned;
    },
    close,
  };
}
