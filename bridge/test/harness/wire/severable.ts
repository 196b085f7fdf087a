import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterTheTest } from "../loopback.js";

/** A relay to a server that can be cut: what is on the wire is then lost, in both directions. */
export interface Severable {
  readonly address: string;
  /** Destroys the current connections. Later connections pass. @param reset whether both ends see a reset */
  cut(reset?: boolean): void;
}

/**
 * A relay to the server at `target`, on its own port.
 *
 * @param watch called for each connection; the function that it returns sees the bytes that the client sends
 */
export async function relay(target: string, watch?: () => (bytes: Buffer) => void): Promise<Severable & Disposable> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const ends = new Set<Socket>();

  function hold(socket: Socket): Socket {
    ends.add(socket);
    // With Nagle's algorithm each small frame takes 40 ms if the peer delays its acknowledgement.
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => ends.delete(socket));
    return socket;
  }

  function cut(reset = false): void {
    for (const end of ends) {
      if (reset) end.resetAndDestroy();
      else end.destroy();
    }
  }

  const between = createServer((near) => {
    const far = hold(connect(Number(port), hostname));
    if (watch) near.on("data", watch());
    hold(near).pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  return {
    address: `127.0.0.1:${(between.address() as AddressInfo).port}`,
    cut,
    [Symbol.dispose]() {
      between.close();
      cut();
    },
  };
}

/** A {@link relay} that is closed after the test. */
export async function severable(target: string, watch?: () => (bytes: Buffer) => void): Promise<Severable> {
  const way = await relay(target, watch);
  afterTheTest(() => way[Symbol.dispose]());
  return way;
}
