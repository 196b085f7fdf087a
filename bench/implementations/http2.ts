import { type ClientHttp2Stream, connect, constants, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import type { MethodDefinition } from "@grpc/grpc-js";
import type { Item } from "#gen/quartet/bench/v1/bench.js";
import { deframer, frame, inChunks, requestHeaders } from "./framing.js";
import type { Implementation } from "./implementation.js";
import { batches, items, methods, one, sizeOf, welcome } from "./items.js";
import { oneByOne, writeAll } from "./sending.js";

/**
 * The limit: gRPC's bytes over node:http2 by hand, with many messages per write. It has no deadline, no cancellation,
 * no status but OK and no metadata. Do not write this in production; it shows how far the other libraries are from the
 * limit.
 */
export const http2: Implementation = {
  serve() {
    const members = new Set<ServerHttp2Stream>();
    const server = createServer();
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      handlers[headers[":path"] ?? ""]?.(stream, members);
    });
    return new Promise((resolve) => {
      const close = () => server.close();
      server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, close }));
    });
  },

  connect(address) {
    const session = connect(`http://${address}`);
    // Each call is told of a lost connection. A server that stops may reset an idle connection, which is not an error.
    session.on("error", () => {});
    const begin = (method: { readonly path: string }) => session.request(requestHeaders(method));

    /** Sends one request. */
    function ask<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): ClientHttp2Stream {
      const stream = begin(method);
      stream.end(frame(method.requestSerialize(request)));
      return stream;
    }

    /** Sends many requests. @returns how many items the server counted */
    async function send<Request>(
      method: MethodDefinition<Request, { readonly count: number }>,
      requests: Iterable<Request>,
    ): Promise<number> {
      const stream = begin(method);
      writeAll(stream, inChunks(requests, method.requestSerialize));
      return (await answerOf(stream, method.responseDeserialize)).count;
    }

    return {
      ask: (item) => answerOf(ask(methods.ask, item), methods.ask.responseDeserialize),
      down: (request) => sum(ask(methods.down, request), methods.down.responseDeserialize, one),
      downBatched: (request) => sum(ask(methods.downBatched, request), methods.downBatched.responseDeserialize, sizeOf),
      up: (source) => send(methods.up, source),
      upBatched: (source) => send(methods.upBatched, source),
      pingPong: (source) => {
        const stream = begin(methods.pingPong);
        const serve = oneByOne(
          source,
          (ball) => stream.write(frame(methods.pingPong.requestSerialize(ball))),
          () => stream.end(),
        );
        serve();
        return sum(stream, methods.pingPong.responseDeserialize, () => {
          serve();
          return 1;
        });
      },
      join: (received) => {
        const stream = ask(methods.join, {});
        let left = false;
        const joined = new Promise((resolve, reject) => {
          let receive: (item: Item) => void = (item) => {
            resolve(item);
            receive = received;
          };
          read(stream, (bytes) => receive(methods.join.responseDeserialize(bytes))).catch((error) => {
            if (!left) reject(error);
          });
        });
        return {
          joined,
          leave: () => {
            left = true;
            stream.close(constants.NGHTTP2_CANCEL);
          },
        };
      },
      publisher: () => {
        const stream = begin(methods.publish);
        const done = answerOf(stream, methods.publish.responseDeserialize);
        return {
          publish: (item) => stream.write(frame(methods.publish.requestSerialize(item))),
          end: () => {
            stream.end();
            return done;
          },
        };
      },
      close: () => session.close(),
    };
  },
};

type Handler = (stream: ServerHttp2Stream, members: Set<ServerHttp2Stream>) => void;

const handlers: Readonly<Record<string, Handler>> = {
  [methods.ask.path]: (stream) => {
    void read(stream, (bytes) => stream.end(frame(reserialized(bytes))));
  },
  [methods.down.path]: answering(methods.down, items),
  [methods.downBatched.path]: answering(methods.downBatched, batches),
  [methods.up.path]: counting(methods.up, one),
  [methods.upBatched.path]: counting(methods.upBatched, sizeOf),
  [methods.pingPong.path]: (stream) => {
    const over = read(stream, (bytes) => stream.write(frame(reserialized(bytes))));
    void over.then(() => stream.end());
  },
  [methods.join.path]: (stream, members) => {
    members.add(stream);
    stream.on("close", () => members.delete(stream));
    stream.resume();
    stream.write(frame(methods.join.responseSerialize(welcome)));
  },
  [methods.publish.path]: (stream, members) => {
    let count = 0;
    const take = deframer();
    stream.on("data", (chunk: Buffer) => {
      const frames = take(chunk).map((bytes) => frame(reserialized(bytes)));
      count += frames.length;
      const together = Buffer.concat(frames);
      for (const member of members) member.write(together);
    });
    stream.on("end", () => stream.end(frame(methods.publish.responseSerialize({ count }))));
  },
};

/** Answers one request with many messages. */
function answering<Request, Response>(
  method: MethodDefinition<Request, Response>,
  responses: (request: Request) => Iterable<Response>,
): Handler {
  return (stream) => {
    void read(stream, (bytes) =>
      writeAll(stream, inChunks(responses(method.requestDeserialize(bytes)), method.responseSerialize)),
    );
  };
}

/** Answers many requests with the sum of what `weigh` returns for each. */
function counting<Request>(
  method: MethodDefinition<Request, { count: number }>,
  weigh: (request: Request) => number,
): Handler {
  return (stream) => {
    const counted = sum(stream, method.requestDeserialize, weigh);
    void counted.then((count) => stream.end(frame(method.responseSerialize({ count }))));
  };
}

/** Reads and writes the item, as a handler that has looked at it would. */
function reserialized(bytes: Buffer): Buffer {
  return methods.ask.responseSerialize(methods.ask.requestDeserialize(bytes));
}

/** The sum of what `weigh` returns for each message until the peer has half-closed. */
async function sum<T>(
  stream: ClientHttp2Stream | ServerHttp2Stream,
  deserialize: (bytes: Buffer) => T,
  weigh: (message: T) => number,
): Promise<number> {
  let total = 0;
  await read(stream, (bytes) => {
    total += weigh(deserialize(bytes));
  });
  return total;
}

/** Passes on each message until the peer has half-closed. On a client, the stream must end with OK. */
function read(stream: ClientHttp2Stream | ServerHttp2Stream, received: (bytes: Buffer) => void): Promise<void> {
  const take = deframer();
  return new Promise((resolve, reject) => {
    stream.on("data", (chunk: Buffer) => {
      for (const bytes of take(chunk)) received(bytes);
    });
    stream.on("end", resolve);
    stream.on("error", reject);
    stream.on("close", () => reject(new Error(`the stream was closed with code ${stream.rstCode}`)));
  });
}

async function answerOf<T>(stream: ClientHttp2Stream, deserialize: (bytes: Buffer) => T): Promise<T> {
  const answers: T[] = [];
  await read(stream, (bytes) => answers.push(deserialize(bytes)));
  const [answer] = answers;
  if (answer === undefined) throw new Error("the server has sent no answer");
  return answer;
}
