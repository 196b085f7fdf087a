import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";

/** The two ends of a connection through the relay. */
export interface Ends {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A relay to a server. It passes `after` bytes of the clients on, and then calls `cut`, once. Later connections pass
 * unchanged. It is closed after the test.
 *
 * @param port where the server listens now
 * @returns the address to connect to, and how many bytes of clients have passed
 */
export async function cuttingRelay(port: () => number, after: number, cut: (ends: Ends) => void) {
  const sockets = new Set<Socket>();
  let passed = 0;
  let isCut = false;
  const relay = createServer((client) => {
    const server = connect(port(), "127.0.0.1");
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    server.pipe(client);
    let dead = false;
    client.on("data", (bytes) => {
      if (dead) return;
      const some = isCut ? bytes : bytes.subarray(0, after - passed);
      passed += some.length;
      dead = !isCut && passed === after;
      if (!dead) {
        if (!server.write(some)) pauseUntilDrained(client, server);
        return;
      }
      isCut = true;
      // Only after they have left this process: a reset would remove what is still here.
      server.write(some, () => cut({ client, server }));
    });
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  afterTheTest(() => {
    relay.close();
    for (const socket of sockets) socket.destroy();
  });
  return { address: `127.0.0.1:${(relay.address() as AddressInfo).port}`, passed: () => passed };
}

function pauseUntilDrained(from: Socket, to: Socket): void {
  from.pause();
  to.once("drain", () => from.resume());
}
