// gets: one-too-many
for (const listener of this.#listeners) {
  listener.write(reading);
  if (listener.writableLength > this.#bound) this.#dismiss(listener, status.RESOURCE_EXHAUSTED, "too many readings were waiting for you");
}
// --- the next region
for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the room is closing");
const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await Promise.race([down, grace]);
server.forceShutdown();
await down;
