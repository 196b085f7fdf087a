// gets: impatient
for (const listener of this.#listeners) {
  if (!listener.write(reading)) this.#dismiss(listener, status.RESOURCE_EXHAUSTED, "you are too slow");
}
// --- the next region
for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the room is closing");
const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await Promise.race([down, grace]);
server.forceShutdown();
await down;
