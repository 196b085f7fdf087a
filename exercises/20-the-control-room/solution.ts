import { type handleServerStreamingCall, type Server, type ServerWritableStream, status } from "@grpc/grpc-js";
import type { ListenRequest, Reading } from "#gen/quartet/workshop/v1/workshop.js";

/** The call of somebody who listens. It is a stream of Node: what is written to it and has not left waits in it. */
export type Listener = ServerWritableStream<ListenRequest, Reading>;

/** The room where the stations' readings come together, and go out to everyone who listens. */
export class ControlRoom {
  readonly #listeners = new Set<Listener>();
  readonly #bound: number;

  /** @param bound how many readings may wait for one listener */
  constructor(bound: number) {
    this.#bound = bound;
  }

  /** `ControlRoom.Listen`: every reading from now on, until the listener leaves. */
  readonly listen: handleServerStreamingCall<ListenRequest, Reading> = (call) => {
    this.#listeners.add(call);
    call.once("cancelled", () => this.#listeners.delete(call));
  };

  /** A station has reported a reading: everyone who listens gets it. The station waits until this is done. */
  async publish(reading: Reading): Promise<void> {
    // #region yours
    //> for (const listener of this.#listeners) {
    //>   // Exercise 14: `false` means wait.
    //>   if (!listener.write(reading)) await new Promise((resolve) => listener.once("drain", resolve));
    //> }
    for (const listener of this.#listeners) {
      // Nobody waits: what a listener has not taken waits for it, in its own stream, up to the bound.
      if (listener.writableLength < this.#bound) listener.write(reading);
      else this.#dismiss(listener, status.RESOURCE_EXHAUSTED, "too many readings were waiting for you");
    }
    // #endregion
  }

  /**
   * Closes the room, and the server that it is on. Resolves when the server is down.
   *
   * @param grace resolves when those who are still there have had time enough
   */
  async close(server: Server, grace: Promise<void>): Promise<void> {
    // #region yours
    //> await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    // A call without an end of its own: who listens is told, and comes back when there is a room again.
    for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the room is closing");
    // No new calls; those that have an end may come to it.
    const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await Promise.race([down, grace]);
    // Whoever is still there does not read, and will not be told.
    server.forceShutdown();
    await down;
    // #endregion
  }

  /** Ends a listener's call with a status, which goes out after the readings that wait for it. */
  #dismiss(listener: Listener, code: status, details: string): void {
    this.#listeners.delete(listener);
    listener.emit("error", { code, details });
  }
}
