// The laws of a client: the library calls, a server of bare grpc-js answers and sees what comes.
import { createServer } from "node:http2";
import { Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import { BenchService, Item } from "../../../dist/src/gen/quartet/bench/v1/bench.js";
import { frame } from "../peers/http2.js";
import { atRest, startSide, within } from "./process.js";

const payload = Buffer.alloc(1024, 7);

/** A server that tells what it sees of its calls. */
function witness() {
  const seen = { begun: 0, written: 0 };
  seen.cancelled = new Promise((resolve) => {
    seen.onCancelled = resolve;
  });
  seen.uploaded = new Promise((resolve) => {
    seen.onUploaded = resolve;
  });
  return seen;
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
  /** Items without an end. */
  endless: (seen) => ({
    down(call) {
      seen.begun += 1;
      call.on("cancelled", seen.onCancelled);
      stream(call, seen);
    },
  }),
  /** Nothing, for ever. */
  silent: (seen) => ({
    down(call) {
      seen.begun += 1;
      call.on("cancelled", seen.onCancelled);
    },
  }),
  /** Sixty items of 34 bytes, and at once an error. */
  failing: () => ({
    down(call) {
      for (let sequence = 0; sequence < 60; sequence += 1) call.write({ sequence, payload: payload.subarray(0, 34) });
      call.emit("error", { code: 15, details: "the disk is gone" });
    },
  }),
  three: () => ({
    down(call) {
      for (let sequence = 0; sequence < 3; sequence += 1) call.write({ sequence, payload: payload.subarray(0, 34) });
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
  uploaded: (seen) => ({
    up(call, callback) {
      let complete = false;
      call.on("data", () => {});
      call.on("end", () => {
        // A cancel ends the stream a moment before it says that it is one.
        setTimeout(() => {
          complete = !call.cancelled;
          if (complete) callback(null, { count: 3 });
          if (complete) seen.onUploaded("taken for whole");
        }, 100);
      });
      call.on("cancelled", () => {
        if (!complete) seen.onUploaded("cancelled");
      });
    },
  }),
  /** Fails a call that has no headers and no message. */
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
  const port = await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { seen, port, close: () => server.forceShutdown() };
}

/** A server that answers a unary call with `answers` messages and OK, which no library would let it. */
async function answering(answers) {
  const server = createServer();
  const sessions = new Set();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (call) => {
    call.on("error", () => {});
    call.on("wantTrailers", () => call.sendTrailers({ "grpc-status": "0" }));
    call.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
    call.resume();
    for (let sequence = 1; sequence <= answers; sequence += 1) call.write(frame(Item, { sequence, payload }));
    call.end();
  });
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    seen: witness(),
    port: server.address().port,
    close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

/** A check whose library calls as `scenario` says. */
const check = (law, title, scenario, open, examine) => ({
  law,
  title,
  async run(column) {
    const { seen, port, close } = await open();
    const client = startSide(column, "client", scenario, port);
    try {
      // Loading a library is no part of what is waited for.
      await within(client.next("ready"), undefined, 20_000);
      return await examine({ client, seen, done: () => within(client.next("done"), undefined, 20_000) });
    } finally {
      await client.stop();
      close();
    }
  },
});

const code = (done) => done?.error?.code;

export const clientChecks = [
  check(
    "L1",
    "a call that nobody reads has not begun",
    "cold",
    () => grpcServer("silent"),
    async ({ seen, done }) => {
      await done();
      return { held: seen.begun === 0, figure: seen.begun === 0 ? "not begun" : "begun at once" };
    },
  ),

  check(
    "L2",
    "to leave the loop ends the call",
    "leave",
    () => grpcServer("endless"),
    async ({ seen, done }) => {
      await within(done(), undefined);
      const held = await within(
        seen.cancelled.then(() => true),
        false,
      );
      return { held, figure: held ? "cancelled" : "goes on" };
    },
  ),

  check(
    "L2",
    "a cancel in the creating turn leaves no handler behind",
    "cancelAtOnce",
    () => grpcServer("silent"),
    async ({ seen, done }) => {
      await done();
      if (seen.begun === 0) return { held: true, figure: "never begun" };
      const held = await within(
        seen.cancelled.then(() => true),
        false,
      );
      return { held, figure: held ? "cancelled" : "lives on" };
    },
  ),

  check(
    "L4",
    "a stalled loop holds the server back",
    "stalled",
    () => grpcServer("endless"),
    async ({ seen, done }) => {
      await done();
      const count = await within(
        atRest(async () => seen.written),
        undefined,
      );
      return count === undefined
        ? { held: false, figure: `${seen.written} and on` }
        : { held: count < 400, figure: `${count} ahead` };
    },
  ),

  check(
    "L4",
    "so does a call that nobody reads",
    "unread",
    () => grpcServer("endless"),
    async ({ seen, done }) => {
      await done();
      const count = await within(
        atRest(async () => seen.written),
        undefined,
      );
      return count === undefined
        ? { held: false, figure: `${seen.written} and on` }
        : { held: count < 400, figure: count === 0 ? "not begun" : `${count} ahead` };
    },
  ),

  check(
    "L10",
    "all 60 messages before an error are received",
    "flowing",
    () => grpcServer("failing"),
    async ({ done }) => {
      const { count, error } = (await done()) ?? {};
      return { held: count === 60 && error?.code === 15, figure: `${count}, code ${error?.code}` };
    },
  ),

  check(
    "L10",
    "of a slow loop, those at least that it holds already",
    "paced",
    () => grpcServer("failing"),
    async ({ done }) => {
      const { count, error } = (await done()) ?? {};
      // 16 are in the Readable, and one is in the loop's hands.
      return { held: count >= 17 && error?.code === 15, figure: `${count}, code ${error?.code}` };
    },
  ),

  check(
    "L12",
    "a server that ends first finalises the client's source",
    "uploadEndless",
    () => grpcServer("refusing"),
    async ({ client }) => {
      const held = await within(
        client.next("finalised").then(() => true),
        false,
      );
      return { held, figure: held ? "finalised" : "goes on" };
    },
  ),

  check(
    "L12",
    "and its caller is told",
    "uploadEndless",
    () => grpcServer("refusing"),
    async ({ client }) => {
      const told = code(await within(client.next("done"), undefined));
      return { held: told === 8, figure: told === undefined ? "hangs" : `code ${told}` };
    },
  ),

  check(
    "L13",
    "a source that fails cancels its upload",
    "uploadFails",
    () => grpcServer("uploaded"),
    async ({ client, seen }) => {
      const fate = await within(seen.uploaded, "the server waits");
      // The end of a process cancels its calls too.
      if (await within(client.exited, undefined, 300)) return { held: false, figure: "the process ended" };
      return { held: fate === "cancelled", figure: fate };
    },
  ),

  check(
    "L13",
    "and its own error is the outcome",
    "uploadFails",
    () => grpcServer("uploaded"),
    async ({ client }) => {
      const details = (await within(client.next("done"), undefined))?.error?.details;
      return { held: details === "the disk is gone", figure: details ? `"${details.slice(0, 20)}"` : "hangs" };
    },
  ),

  check(
    "L14",
    "a deadline is code 4",
    "deadline",
    () => grpcServer("silent"),
    async ({ done }) => {
      const told = code(await done());
      return { held: told === 4, figure: told === undefined ? "no error" : `code ${told}` };
    },
  ),

  check(
    "L14",
    "and leaves no timer: the process ends",
    "deadline",
    () => grpcServer("silent"),
    async ({ client, done }) => {
      await done();
      const held = await within(
        client.exited.then(({ code: exit }) => exit === 0),
        false,
      );
      return { held, figure: held ? "ends" : "stays" };
    },
  ),

  check(
    "L15",
    "no answer with OK is an error",
    "asking",
    () => answering(0),
    async ({ done }) => {
      const told = await within(done(), undefined);
      const problem = code(told);
      return { held: problem > 0, figure: told === undefined ? "hangs" : problem ? `code ${problem}` : "accepted" };
    },
  ),

  check(
    "L15",
    "two answers to one request are an error",
    "asking",
    () => answering(2),
    async ({ done }) => {
      const told = await within(done(), undefined);
      const problem = code(told);
      const accepted = `takes no. ${told?.value?.sequence}`;
      return { held: problem > 0, figure: told === undefined ? "hangs" : problem ? `code ${problem}` : accepted };
    },
  ),

  check(
    "L16",
    "trailers of a call that fails at once",
    "asking",
    () => grpcServer("trailers"),
    async ({ done }) => {
      const { trailer } = (await done())?.error ?? {};
      return { held: trailer === "closed", figure: trailer === "closed" ? "seen" : "not seen" };
    },
  ),

  check(
    "L17",
    "3,000 calls leave nothing in memory",
    "leaks",
    () => grpcServer("three"),
    async ({ done }) => {
      const { before, after } = (await done()) ?? {};
      if (before === undefined) return { held: false, figure: "hangs" };
      return { held: after < before * 1.1, figure: `${((after / before - 1) * 100).toFixed(0)} % heap` };
    },
  ),
];
