// Keeps one processor busy until the process that started it disconnects.
process.on("disconnect", () => process.exit());

function busy(): void {
  // In slices, because an endless loop would not notice the disconnect.
  const until = performance.now() + 100;
  while (performance.now() < until);
  setImmediate(busy);
}

busy();
