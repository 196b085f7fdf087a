// gets: destroys-its-listeners
for (const listener of this.#listeners) {
  if (listener.writableLength < this.#bound) listener.write(reading);
  else this.#dismiss(listener, status.RESOURCE_EXHAUSTED, "too many readings were waiting for you");
}
// --- the next region
for (const listener of this.#listeners) listener.destroy();
const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
await Promise.race([down, grace]);
server.forceShutdown();
await down;
