import { type handleServerStreamingCall, type Server, type ServerWritableStream, status } from "@grpc/grpc-js";
import type { ListenRequest, Reading } from "#gen/quartet/workshop/v1/workshop.js";

/** The call of a listener. It is a Node stream, which keeps written messages until they have left. */
export type Listener = ServerWritableStream<ListenRequest, Reading>;

/** The control room: gets the readings of all stations, and sends them to every listener. */
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

  /** Sends a reported reading to every listener. The station's report waits for the promise. */
  async publish(reading: Reading): Promise<void> {
    // #region yours
    //> for (const listener of this.#listeners) {
    //>   // Exercise 14: `false` means wait.
    //>   if (!listener.write(reading)) await new Promise((resolve) => listener.once("drain", resolve));
    //> }
    for (const listener of this.#listeners) {
      // The control room does not wait: untaken readings wait in the listener's own stream, up to the bound.
      if (listener.writableLength < this.#bound) listener.write(reading);
      else this.#dismiss(listener, status.RESOURCE_EXHAUSTED, "too many readings wait for you");
    }
    // #endregion
  }

  /**
   * Closes the control room and its server. Resolves when the server is down.
   *
   * @param grace resolves when the remaining calls have had enough time
   */
  async close(server: Server, grace: Promise<void>): Promise<void> {
    // #region yours
    //> await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    // A listener's call never ends by itself. UNAVAILABLE makes the listener retry later.
    for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the control room is closing");
    // Refuses new calls, and lets reports finish.
    const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await Promise.race([down, grace]);
    // The remaining listeners do not read, so they cannot get a status.
    server.forceShutdown();
    await down;
    // #endregion
  }

  /** Ends a listener's call with a status, which is sent after the readings that wait for it. */
  #dismiss(listener: Listener, code: status, details: string): void {
    this.#listeners.delete(listener);
    listener.emit("error", { code, details });
  }
}
