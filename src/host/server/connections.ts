import type { Server as Listener, Socket } from "node:net";
import { type ConnectionInjector, type Server, ServerCredentials } from "@grpc/grpc-js";
import { bindAll } from "./binding.js";

/**
 * The connections of a server. grpc-js has no way to cut one of those that it accepts itself, and `forceShutdown` finds
 * them only in channelz's books: so ours are accepted here and lent to it.
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
   * @param port 0 takes a port that is free on all of them
   * @returns the port
   * @throws UsageError if the port is taken or cannot be had
   */
  async listen(addresses: readonly string[], port: number): Promise<number> {
    const { port: bound, listeners } = await bindAll(addresses, port, (socket) => this.#accept(socket));
    // grpc-js waits only for the connections that were there when its shutdown began: a later one would never be told
    // that the server goes away.
    if (this.#closing) {
      for (const listener of listeners) listener.close();
      throw new Error("the server has begun to drain and cannot listen any more");
    }
    this.#listeners.push(...listeners);
    return bound;
  }

  /**
   * Ends a connection at once, and with it all its calls: at the server they are cancelled, and the peer sees it lost.
   *
   * @param peer as `call.getPeer()` names it. Connections to different addresses of this machine may share a name; all
   *   that do are cut
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

  /** Accepts no more. Settles when the last connection is gone; to end them is left to `tryShutdown`, or `destroy`. */
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
    // In the turn in which the socket came: it reads already, and has nobody yet who would hear of an error.
    this.#injector.injectConnection(socket);
  }
}
