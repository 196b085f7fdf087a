// gets: waits-for-the-slow
for (const listener of this.#listeners) {
  listener.write(reading);
  while (listener.writableLength >= this.#bound) await new Promise((resolve) => listener.once("drain", resolve));
}
// --- the next region
for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the room is closing");
const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await Promise.race([down, grace]);
server.forceShutdown();
await down;
