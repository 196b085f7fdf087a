import { type ClientHttp2Stream, connect, constants, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { BatchesService, BenchService, type Item } from "#gen/quartet/bench/v1/bench.js";
import { deframer, frame, inChunks, requestHeaders } from "./framing.js";
import type { Implementation } from "./implementation.js";
import { batches, items } from "./items.js";

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
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  },

  connect(address) {
    const session = connect(`http://${address}`);
    // Each call is told of a lost connection. A server that stops may reset an idle connection, which is not an error.
    session.on("error", () => {});
    const begin = (method: { readonly path: string }) => session.request(requestHeaders(method));
    return {
      ask: async (item) => {
        const stream = begin(BenchService.ask);
        stream.end(frame(BenchService.ask.requestSerialize(item)));
        return answerOf(stream, BenchService.ask.responseDeserialize);
      },
      down: async (request) => {
        const stream = begin(BenchService.down);
        stream.end(frame(BenchService.down.requestSerialize(request)));
        let count = 0;
        await read(stream, (bytes) => {
          BenchService.down.responseDeserialize(bytes);
          count += 1;
        });
        return count;
      },
      downBatched: async (request) => {
        const stream = begin(BatchesService.downBatched);
        stream.end(frame(BatchesService.downBatched.requestSerialize(request)));
        let count = 0;
        await read(stream, (bytes) => {
          count += BatchesService.downBatched.responseDeserialize(bytes).items.length;
        });
        return count;
      },
      up: async (source) => {
        const stream = begin(BenchService.up);
        writeChunks(stream, inChunks(source, BenchService.up.requestSerialize));
        return (await answerOf(stream, BenchService.up.responseDeserialize)).count;
      },
      upBatched: async (source) => {
        const stream = begin(BatchesService.upBatched);
        writeChunks(stream, inChunks(source, BatchesService.upBatched.requestSerialize));
        return (await answerOf(stream, BatchesService.upBatched.responseDeserialize)).count;
      },
      pingPong: async (source) => {
        const stream = begin(BenchService.pingPong);
        const iterator = source[Symbol.iterator]();
        let returned = 0;
        const serve = () => {
          const { done, value } = iterator.next();
          if (done) stream.end();
          else stream.write(frame(BenchService.pingPong.requestSerialize(value)));
        };
        serve();
        await read(stream, (bytes) => {
          BenchService.pingPong.responseDeserialize(bytes);
          returned += 1;
          serve();
        });
        return returned;
      },
      join: (received) => {
        const stream = begin(BenchService.join);
        stream.end(frame(BenchService.join.requestSerialize({})));
        let left = false;
        const joined = new Promise((resolve, reject) => {
          let receive: (item: Item) => void = (item) => {
            resolve(item);
            receive = received;
          };
          read(stream, (bytes) => receive(BenchService.join.responseDeserialize(bytes))).catch((error) => {
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
        const stream = begin(BenchService.publish);
        const done = answerOf(stream, BenchService.publish.responseDeserialize);
        return {
          publish: (item) => stream.write(frame(BenchService.publish.requestSerialize(item))),
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
  [BenchService.ask.path]: (stream) => {
    void read(stream, (bytes) => stream.end(frame(reserialized(BenchService.ask, bytes))));
  },
  [BenchService.down.path]: (stream) => {
    void read(stream, (bytes) => {
      const { count, payloadBytes } = BenchService.down.requestDeserialize(bytes);
      writeChunks(stream, inChunks(items(count, payloadBytes), BenchService.down.responseSerialize));
    });
  },
  [BatchesService.downBatched.path]: (stream) => {
    void read(stream, (bytes) => {
      const { count, payloadBytes, batchSize } = BatchesService.downBatched.requestDeserialize(bytes);
      writeChunks(
        stream,
        inChunks(batches(count, payloadBytes, batchSize), BatchesService.downBatched.responseSerialize),
      );
    });
  },
  [BenchService.up.path]: (stream) => {
    let count = 0;
    const counted = read(stream, (bytes) => {
      BenchService.up.requestDeserialize(bytes);
      count += 1;
    });
    void counted.then(() => stream.end(frame(BenchService.up.responseSerialize({ count }))));
  },
  [BatchesService.upBatched.path]: (stream) => {
    let count = 0;
    const counted = read(stream, (bytes) => {
      count += BatchesService.upBatched.requestDeserialize(bytes).items.length;
    });
    void counted.then(() => stream.end(frame(BatchesService.upBatched.responseSerialize({ count }))));
  },
  [BenchService.pingPong.path]: (stream) => {
    const over = read(stream, (bytes) => stream.write(frame(reserialized(BenchService.pingPong, bytes))));
    void over.then(() => stream.end());
  },
  [BenchService.join.path]: (stream, members) => {
    members.add(stream);
    stream.on("close", () => members.delete(stream));
    stream.resume();
    stream.write(frame(BenchService.join.responseSerialize({ sequence: 0, payload: Buffer.alloc(0) })));
  },
  [BenchService.publish.path]: (stream, members) => {
    let count = 0;
    const take = deframer();
    stream.on("data", (chunk: Buffer) => {
      const frames = take(chunk).map((bytes) => frame(reserialized(BenchService.publish, bytes)));
      count += frames.length;
      const together = Buffer.concat(frames);
      for (const member of members) member.write(together);
    });
    stream.on("end", () => stream.end(frame(BenchService.publish.responseSerialize({ count }))));
  },
};

/** Reads and writes the message, as a handler that has looked at it would. */
function reserialized(method: ServiceDefinition[string], bytes: Buffer): Buffer {
  return method.requestSerialize(method.requestDeserialize(bytes));
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

function writeChunks(stream: ClientHttp2Stream | ServerHttp2Stream, chunks: Iterator<Buffer, void>): void {
  const write = () => {
    for (let next = chunks.next(); !next.done; next = chunks.next()) {
      if (!stream.write(next.value)) {
        stream.once("drain", write);
        return;
      }
    }
    stream.end();
  };
  write();
}
