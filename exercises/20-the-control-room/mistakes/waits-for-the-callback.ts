// gets: waits-for-the-slow
for (const listener of this.#listeners) {
  await new Promise((resolve) => listener.write(reading, resolve));
}
// --- the next region
for (const listener of this.#listeners) this.#dismiss(listener, status.UNAVAILABLE, "the room is closing");
const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await Promise.race([down, grace]);
server.forceShutdown();
await down;
