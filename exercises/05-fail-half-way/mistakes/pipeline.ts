// gets: then-silence
const { pipeline } = await import("node:stream/promises");
await pipeline(readings(), call as unknown as NodeJS.WritableStream).catch(() => {});
