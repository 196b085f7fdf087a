import type { Server as Listener, Socket } from "node:net";
import { type ConnectionInjector, type Server, ServerCredentials } from "@grpc/grpc-js";
import { bindAll } from "./binding.js";

/**
 * The connections of a server. grpc-js cannot cut a connection that it accepts itself, and `forceShutdown` finds
 * connections only through channelz. So the host accepts the connections, and lends them to grpc-js.
 */
export class Connections {
  readonly #injector: ConnectionInjector;
  readonly #listeners: Listener[] = [];
  readonly #sockets = new Set<Socket>();
  #closing = false;

  constructor(server: Server) {
    this.#injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  /** How many connections are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /**
   * Accepts connections at the same port of every address, or at none.
   *
   * @param addresses IP addresses
   * @param port 0 for a port that is free on all of them
   * @returns the port
   * @throws UsageError if the port is in use or not allowed
   */
  async listen(addresses: readonly string[], port: number): Promise<number> {
    const { port: bound, listeners } = await bindAll(addresses, port, (socket) => this.#accept(socket));
    // grpc-js waits only for the connections that exist when its shutdown begins. A later one would not get GOAWAY.
    if (this.#closing) {
      for (const listener of listeners) listener.close();
      throw new Error("the server has begun to drain and cannot listen any more");
    }
    this.#listeners.push(...listeners);
    return bound;
  }

  /**
   * Cuts a connection at once. The server's calls on it are cancelled, and the peer sees that the connection is lost.
   *
   * @param peer as `call.getPeer()` names it. Connections to different addresses of this machine may share a name; all
   *   of them are cut
   * @returns whether there was one
   */
  cut(peer: string): boolean {
    let found = false;
    for (const socket of this.#sockets) {
      if (`${socket.remoteAddress}:${socket.remotePort}` !== peer) continue;
      socket.destroy();
      found = true;
    }
    return found;
  }

  /** Accepts no more connections, and resolves when the last one is gone. `tryShutdown` or `destroy` ends them. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(
      this.#listeners.map((listener) => new Promise<void>((resolve) => listener.close(() => resolve()))),
    );
  }

  /** Ends all connections at once. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // In the same turn: the socket already reads, and no other listener would hear its errors.
    this.#injector.injectConnection(socket);
  }
}
