// Takes a processor for itself until the process that has started it goes, or disconnects.
process.on("disconnect", () => process.exit());

function busy(): void {
  // In slices: a loop without an end would not hear that nobody wants it any more.
  const until = performance.now() + 100;
  while (performance.now() < until);
  setImmediate(busy);
}

busy();
