import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to the server that can be cut: what is on the wire at that moment is lost, in both directions. */
export interface FrailWay {
  readonly address: string;
  /** Destroys the connections that there are. @param reset whether both ends see a reset in place of an end */
  cut(reset: boolean): void;
  close(): void;
}

/** A way to `port` of this machine, over a port of its own. */
export async function frailWay(port: number): Promise<FrailWay> {
  const ends = new Set<Socket>();

  function hold(socket: Socket): Socket {
    ends.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => ends.delete(socket));
    return socket;
  }

  function cut(reset: boolean): void {
    for (const end of ends) {
      if (reset) end.resetAndDestroy();
      else end.destroy();
    }
  }

  const between = createServer((near) => {
    const far = hold(connect(port, "127.0.0.1"));
    hold(near).pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  return {
    address: `127.0.0.1:${(between.address() as AddressInfo).port}`,
    cut,
    close() {
      between.close();
      cut(false);
    },
  };
}
