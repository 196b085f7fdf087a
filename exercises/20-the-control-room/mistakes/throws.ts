// gets: throws-at-the-station
for (const listener of this.#listeners) {
  if (listener.writableLength >= this.#bound) throw new Error("somebody is too slow");
  listener.write(reading);
}
// --- the next region
for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the room is closing");
const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await Promise.race([down, grace]);
server.forceShutdown();
await down;
