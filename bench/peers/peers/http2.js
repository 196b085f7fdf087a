// No gRPC library at all: messages framed by hand over Node's http2. Nobody should write this; it shows where the limit
// is. What is on the wire is gRPC: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
import { connect as connectHttp2, createServer } from "node:http2";
import {
  DownRequest,
  Item,
  JoinRequest,
  PublishResponse,
  UpResponse,
} from "../../../dist/src/gen/quartet/bench/v1/bench.js";
import { item, itemsFor, welcome } from "../item.js";

export const packages = [];

/** One message as it travels: no compression, its length, its bytes. */
export function frame(Type, message) {
  const bytes = Type.encode(message).finish();
  const framed = Buffer.allocUnsafe(5 + bytes.length);
  framed[0] = 0;
  framed.writeUInt32BE(bytes.length, 1);
  framed.set(bytes, 5);
  return framed;
}

/** Calls `onMessage` with each message that comes in on a stream. */
function read(stream, Type, onMessage) {
  let rest;
  stream.on("data", (chunk) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    while (bytes.length >= 5) {
      const end = 5 + bytes.readUInt32BE(1);
      if (bytes.length < end) break;
      onMessage(Type.decode(bytes.subarray(5, end)));
      bytes = bytes.subarray(end);
    }
    rest = bytes.length > 0 ? bytes : undefined;
  });
}

// Small messages travel together: one write of 16 KiB costs Node hardly more than one of 40 bytes.
const portion = 16 * 1024;

/** Writes the items in portions, at the pace of the stream, and calls `done`. */
function writeItems(stream, items, done) {
  function more() {
    while (true) {
      const frames = [];
      let length = 0;
      while (length < portion) {
        const { value, done: over } = items.next();
        if (over) {
          stream.write(Buffer.concat(frames));
          done();
          return;
        }
        const framed = frame(Item, value);
        frames.push(framed);
        length += framed.length;
      }
      if (!stream.write(Buffer.concat(frames))) {
        stream.once("drain", more);
        return;
      }
    }
  }
  more();
}

const ok = { "grpc-status": "0" };

/** Opens the response; it ends with the trailers of OK. */
function respond(stream) {
  stream.on("wantTrailers", () => stream.sendTrailers(ok));
  stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
}

function single(stream, Type, message) {
  respond(stream);
  stream.end(frame(Type, message));
}

export async function startServer() {
  const members = new Set();
  const rpcs = {
    "/quartet.bench.v1.Bench/Ask": (stream) => read(stream, Item, (message) => single(stream, Item, message)),
    "/quartet.bench.v1.Bench/Down": (stream) =>
      read(stream, DownRequest, (request) => {
        respond(stream);
        writeItems(stream, itemsFor(request), () => stream.end());
      }),
    "/quartet.bench.v1.Bench/Up": (stream) => {
      let count = 0;
      read(stream, Item, () => {
        count += 1;
      });
      stream.on("end", () => single(stream, UpResponse, { count }));
    },
    "/quartet.bench.v1.Bench/PingPong": (stream) => {
      respond(stream);
      read(stream, Item, (message) => stream.write(frame(Item, message)));
      stream.on("end", () => stream.end());
    },
    "/quartet.bench.v1.Bench/Join": (stream) => {
      respond(stream);
      members.add(stream);
      stream.on("close", () => members.delete(stream));
      stream.resume();
      stream.write(frame(Item, welcome));
    },
    "/quartet.bench.v1.Bench/Publish": (stream) => {
      let count = 0;
      read(stream, Item, (message) => {
        count += 1;
        const framed = frame(Item, message);
        for (const member of members) member.write(framed);
      });
      stream.on("end", () => single(stream, PublishResponse, { count }));
    },
  };
  const server = createServer();
  const sessions = new Set();
  server.on("session", (session) => sessions.add(session.on("close", () => sessions.delete(session))));
  server.on("stream", (stream, headers) => {
    // A client that goes away resets its streams.
    stream.on("error", () => {});
    rpcs[headers[":path"]](stream);
  });
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: server.address().port,
    async close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

export async function connect(port) {
  const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { enablePush: false } });
  await new Promise((resolve, reject) => {
    session.once("connect", resolve);
    session.once("error", reject);
  });
  // Each call hears of a lost connection by itself.
  session.on("error", () => {});
  // As many as grpc-js lets Node listen for.
  session.setMaxListeners(0);

  const open = (rpc) =>
    session.request({
      ":method": "POST",
      ":path": `/quartet.bench.v1.Bench/${rpc}`,
      te: "trailers",
      "content-type": "application/grpc+proto",
    });

  /** Resolves when the call has ended, with the last message. */
  function outcome(stream, Type, onMessage = () => {}) {
    return new Promise((resolve, reject) => {
      let last;
      read(stream, Type, (message) => {
        last = message;
        onMessage(message);
      });
      stream.on("trailers", (trailers) => {
        if (trailers["grpc-status"] !== "0") reject(new Error(`the call ended with ${trailers["grpc-status"]}`));
      });
      stream.on("error", reject);
      stream.on("end", () => resolve(last));
    });
  }

  function* items(count) {
    for (let sequence = 0; sequence < count; sequence += 1) yield item(sequence);
  }

  return {
    ask(message) {
      const stream = open("Ask");
      stream.end(frame(Item, message));
      return outcome(stream, Item);
    },
    down(request, onItem) {
      const stream = open("Down");
      stream.end(frame(DownRequest, request));
      return outcome(stream, Item, onItem);
    },
    async up(count) {
      const stream = open("Up");
      writeItems(stream, items(count), () => stream.end());
      return (await outcome(stream, UpResponse)).count;
    },
    pingPong(count) {
      const stream = open("PingPong");
      let sequence = 0;
      stream.write(frame(Item, item(0)));
      return outcome(stream, Item, () => {
        sequence += 1;
        if (sequence < count) stream.write(frame(Item, item(sequence)));
        else stream.end();
      });
    },
    join(onItem) {
      const stream = open("Join");
      stream.on("error", () => {});
      stream.end(frame(JoinRequest, {}));
      read(stream, Item, onItem);
      return () => stream.close();
    },
    async publish(produce) {
      const stream = open("Publish");
      await produce((message) => stream.write(frame(Item, message)));
      stream.end();
      return (await outcome(stream, PublishResponse)).count;
    },
    close: () => session.destroy(),
  };
}
