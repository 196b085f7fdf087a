import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterTheTest } from "./loopback.js";

/** A way to a server that a test can cut: what is on the wire at that moment is lost, in both directions. */
export interface Severable {
  readonly address: string;
  /** Destroys the connections that there are. A new one is let through. */
  cut(): void;
}

export async function severable(target: string): Promise<Severable> {
  const port = Number(new URL(`tcp://${target}`).port);
  const ends = new Set<Socket>();

  function hold(socket: Socket): Socket {
    ends.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => ends.delete(socket));
    return socket;
  }

  function cut(): void {
    for (const end of ends) end.destroy();
  }

  const between = createServer((near) => {
    const far = hold(connect(port, "127.0.0.1"));
    hold(near).pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  afterTheTest(() => {
    between.close();
    cut();
  });
  return { address: `127.0.0.1:${(between.address() as AddressInfo).port}`, cut };
}
