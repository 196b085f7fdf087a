// Servers of bare grpc-js, or of frames written by hand, that record what a client does.
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http2";
import { promisify } from "node:util";
import { Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import { frame } from "../../../dist/bench/implementations/framing.js";
import { BenchService } from "../../../dist/src/gen/quartet/bench/v1/bench.js";

const payload = Buffer.alloc(1024, 7);
const small = (sequence) => ({ sequence, payload: payload.subarray(0, 34) });

/** What a server records: calls that have begun, messages written, and the events "cancelled" and "uploaded". */
function witness() {
  const events = new EventEmitter();
  const [cancelled, uploaded] = ["cancelled", "uploaded"].map((event) => once(events, event));
  return { begun: 0, written: 0, events, cancelled, uploaded };
}

function begins(call, seen) {
  seen.begun += 1;
  call.on("cancelled", () => seen.events.emit("cancelled"));
}

/** Writes items at the reader's pace until the call is over. */
function stream(call, seen) {
  function more() {
    while (!call.cancelled) {
      seen.written += 1;
      if (!call.write({ sequence: seen.written, payload })) {
        call.once("drain", more);
        return;
      }
    }
  }
  more();
}

const handlers = {
  endless: (seen) => ({
    down(call) {
      begins(call, seen);
      stream(call, seen);
    },
  }),
  /** Sends nothing, forever. */
  silent: (seen) => ({ down: (call) => begins(call, seen) }),
  /** Sixty items of 34 bytes, and then an error at once. */
  failing: () => ({
    down(call) {
      for (let sequence = 0; sequence < 60; sequence += 1) call.write(small(sequence));
      call.emit("error", { code: 15, details: "the disk is gone" });
    },
  }),
  three: () => ({
    down(call) {
      for (let sequence = 0; sequence < 3; sequence += 1) call.write(small(sequence));
      call.end();
    },
  }),
  /** Refuses an upload at its third item. */
  refusing: () => ({
    up(call, callback) {
      let count = 0;
      call.on("data", () => {
        count += 1;
        if (count === 3) callback({ code: 8, details: "enough" });
      });
    },
  }),
  /** Accepts an upload, and reports how it ended. */
  taking: ({ events }) => ({
    up(call, callback) {
      call.resume();
      call.on("end", () => {
        // A cancel ends the stream a moment before the call is reported as cancelled.
        setTimeout(() => {
          if (call.cancelled) return;
          callback(null, { count: 3 });
          events.emit("uploaded", "taken for whole");
        }, 100);
      });
      call.on("cancelled", () => events.emit("uploaded", "cancelled"));
    },
  }),
  /** Fails a call without headers and messages. */
  trailers: () => ({
    ask(_call, callback) {
      const metadata = new Metadata();
      metadata.set("x-reason", "closed");
      callback({ code: 5, details: "no", metadata });
    },
  }),
};

async function grpcServer(kind) {
  const seen = witness();
  const server = new Server();
  server.addService(BenchService, { ask: (call, callback) => callback(null, call.request), ...handlers[kind](seen) });
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
  return { seen, port, close: () => server.forceShutdown() };
}

/** A server that answers a unary call with `answers` messages and OK, which no library allows. */
async function answering(answers) {
  const sessions = new Set();
  const server = createServer();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (call) => {
    call.on("error", () => {});
    call.on("wantTrailers", () => call.sendTrailers({ "grpc-status": "0" }));
    call.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
    call.resume();
    for (let sequence = 1; sequence <= answers; sequence += 1)
      call.write(frame(BenchService.ask.responseSerialize({ sequence, payload })));
    call.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

/** Starts the server with this name. Resolves with its port, its record, and the function that closes it. */
export function startWitness(name) {
  if (name === "no answer") return answering(0);
  if (name === "two answers") return answering(2);
  return grpcServer(name);
}
