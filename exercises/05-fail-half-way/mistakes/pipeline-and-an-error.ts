// gets: then-silence
const { pipeline } = await import("node:stream/promises");
try {
  await pipeline(readings(), call as unknown as NodeJS.WritableStream);
} catch {
  call.emit("error", failure);
}
