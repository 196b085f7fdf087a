// grpc-js as its own guide writes it (https://grpc.io/docs/languages/node/basics/): callbacks for single messages, `data`
// and `end` for streams. The guide's loops write without looking; these honour what `write` returns, as Node's
// documentation asks (https://nodejs.org/api/stream.html#writablewritechunk-encoding-callback).
import { credentials, makeGenericClientConstructor, Server, ServerCredentials } from "@grpc/grpc-js";
import { item, itemsFor, welcome } from "../item.js";

/** Writes what `next` gives until it gives nothing, and waits for 'drain' wherever `write` says so. */
function writeAll(call, next) {
  function more() {
    for (let message = next(); message; message = next()) {
      if (!call.write(message)) {
        call.once("drain", more);
        return;
      }
    }
    call.end();
  }
  more();
}

function handlers() {
  const members = new Set();
  return {
    ask: (call, callback) => callback(null, call.request),
    down: (call) => {
      const items = itemsFor(call.request);
      writeAll(call, () => items.next().value);
    },
    up: (call, callback) => {
      let count = 0;
      call.on("data", () => {
        count += 1;
      });
      call.on("end", () => callback(null, { count }));
    },
    pingPong: (call) => {
      call.on("data", (message) => call.write(message));
      call.on("end", () => call.end());
    },
    join: (call) => {
      members.add(call);
      call.on("cancelled", () => members.delete(call));
      call.write(welcome);
    },
    publish: (call, callback) => {
      let count = 0;
      call.on("data", (message) => {
        count += 1;
        for (const member of members) member.write(message);
      });
      call.on("end", () => callback(null, { count }));
    },
  };
}

/** The peer for a service definition of grpc-js, whoever has made it. */
export function grpcJsPeer(definition) {
  const Client = makeGenericClientConstructor(definition, "Bench");
  return {
    async startServer() {
      const server = new Server();
      server.addService(definition, handlers());
      const port = await new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        );
      });
      return { port, close: async () => server.forceShutdown() };
    },

    async connect(port) {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
        // Else several clients of one process would share one connection.
        "grpc.use_local_subchannel_pool": 1,
      });
      return {
        ask: (message) =>
          new Promise((resolve, reject) => {
            client.ask(message, (error, answer) => (error ? reject(error) : resolve(answer)));
          }),
        down: (request, onItem) =>
          new Promise((resolve, reject) => {
            const call = client.down(request);
            call.on("data", onItem);
            call.on("error", reject);
            call.on("end", resolve);
          }),
        up: (count) =>
          new Promise((resolve, reject) => {
            const call = client.up((error, answer) => (error ? reject(error) : resolve(answer.count)));
            let sequence = 0;
            writeAll(call, () => {
              sequence += 1;
              return sequence <= count ? item(sequence - 1) : undefined;
            });
          }),
        pingPong: (count) =>
          new Promise((resolve, reject) => {
            const call = client.pingPong();
            let sequence = 0;
            call.on("data", () => {
              sequence += 1;
              if (sequence < count) call.write(item(sequence));
              else call.end();
            });
            call.on("error", reject);
            call.on("end", resolve);
            call.write(item(0));
          }),
        join(onItem) {
          const call = client.join({});
          call.on("data", onItem);
          call.on("error", () => {});
          return () => call.cancel();
        },
        publish(items) {
          let call;
          const answered = new Promise((resolve, reject) => {
            call = client.publish((error, answer) => (error ? reject(error) : resolve(answer.count)));
          });
          return items((message) => call.write(message)).then(() => {
            call.end();
            return answered;
          });
        },
        close: () => client.close(),
      };
    },
  };
}
