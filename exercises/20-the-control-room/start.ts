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
    // ─── yours, from here …
    for (const listener of this.#listeners) {
      // Exercise 14: `false` means wait.
      if (!listener.write(reading)) await new Promise((resolve) => listener.once("drain", resolve));
    }
    // ─── … to here
  }

  /**
   * Closes the room, and the server that it is on. Resolves when the server is down.
   *
   * @param grace resolves when those who are still there have had time enough
   */
  async close(server: Server, grace: Promise<void>): Promise<void> {
    // ─── yours, from here …
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    // ─── … to here
  }

  /** Ends a listener's call with a status, which goes out after the readings that wait for it. */
  #dismiss(listener: Listener, code: status, details: string): void {
    this.#listeners.delete(listener);
    listener.emit("error", { code, details });
  }
}
