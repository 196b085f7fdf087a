// gets: sends-it-back
call.metadata.set("station", name);
call.sendMetadata(call.metadata);
let sent = 0;
for await (const reading of readings()) {
  call.write(reading);
  sent += 1;
}
const trailers = new Metadata();
trailers.set("readings-sent", String(sent));
call.end(trailers);
