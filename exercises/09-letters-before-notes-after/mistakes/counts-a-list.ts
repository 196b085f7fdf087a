// gets: headers-wait
const all: Reading[] = [];
for await (const reading of readings()) all.push(reading);
const metadata = new Metadata();
metadata.set("station", name);
metadata.set("readings-sent", String(all.length));
call.sendMetadata(metadata);
for (const reading of all) call.write(reading);
call.end();
