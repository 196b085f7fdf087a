// gets: no-bound
for (const listener of this.#listeners) {
  void (async () => {
    while (listener.writableNeedDrain) await new Promise((resolve) => listener.once("drain", resolve));
    listener.write(reading);
  })();
}
// --- the next region
for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the room is closing");
const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await Promise.race([down, grace]);
server.forceShutdown();
await down;
