// gets: archive-left-open
const { Readable } = await import("node:stream");
Readable.from(archive()).pipe(call as unknown as NodeJS.WritableStream);
