// grpc-js as its guide writes it (https://grpc.io/docs/languages/node/basics/), with streams as Node's documentation
// recommends: https://nodejs.org/api/stream.html#streampipelinesource-transforms-destination-callback. The guide has no
// source that waits or fails; the common ways to connect one are `pipeline` and a loop that waits for 'drain'.

import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline as pipe } from "node:stream/promises";
import { promisify } from "node:util";
import { credentials, Metadata, makeGenericClientConstructor, Server, ServerCredentials } from "@grpc/grpc-js";
import { BenchService } from "../../../../dist/src/gen/quartet/bench/v1/bench.js";
import { calls, everything } from "./iterables.js";

const Client = makeGenericClientConstructor(BenchService, "Bench");

export const statusError = (code, details) => Object.assign(new Error(details), { code, details });

async function inALoop(source, call) {
  for await (const message of source) {
    if (!call.write(message)) await once(call, "drain");
  }
  call.end();
}

const piped = (source, call) => pipe(Readable.from(source), call);

/** The column for one of the two ways to send a source. */
function column(send, failed) {
  async function serve({ down, pushed, ask = async (request) => request, askAsync, received, complete }) {
    const server = new Server();
    server.addService(BenchService, {
      ask: askAsync
        ? async (call, callback) => callback(null, await askAsync(call.request))
        : (call, callback) => ask(call.request).then((answer) => callback(null, answer), callback),
      down: (call) => {
        if (pushed) pushed().on("item", (message) => call.write(message));
        else send(down(), call).catch((error) => failed(call, error));
      },
      up: (call, callback) => {
        let count = 0;
        call.on("data", () => {
          count += 1;
          received();
        });
        call.on("end", () => {
          complete();
          callback(null, { count });
        });
      },
    });
    return promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
  }

  async function connect(address) {
    const client = new Client(address, credentials.createInsecure());
    const flow = (call, onItem = () => {}) =>
      new Promise((resolve, reject) => {
        call.on("data", onItem);
        call.on("error", reject);
        call.on("end", resolve);
      });
    const begin = () => client.down(everything).on("error", () => {});
    return {
      ...calls(client),
      ask: promisify(client.ask.bind(client)),
      begin,
      flow: (onItem) => flow(client.down(everything), onItem),
      cancelAtOnce: () => begin().cancel(),
      async upload(source) {
        let call;
        const answered = promisify((callback) => {
          call = client.up(callback);
        })();
        const [answer] = await Promise.all([answered, send(source, call)]);
        return answer;
      },
      deadline: (milliseconds) =>
        flow(client.down(everything, new Metadata(), { deadline: Date.now() + milliseconds })),
      close: () => client.close(),
    };
  }

  return { serve, connect };
}

// The guide's way to fail a stream: https://grpc.io/docs/guides/error/
export const loop = column(inALoop, (call, error) => call.emit("error", error));
// `pipeline` has destroyed the call already: that is how it passes on a failure.
export const pipeline = column(piped, () => {});
