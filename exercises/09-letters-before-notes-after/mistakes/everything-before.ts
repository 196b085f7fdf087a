// gets: trailer-too-early
let sent = 0;
const metadata = new Metadata();
metadata.set("station", name);
metadata.set("readings-sent", String(sent));
call.sendMetadata(metadata);
for await (const reading of readings()) {
  call.write(reading);
  sent += 1;
}
call.end();
