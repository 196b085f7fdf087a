// gets: headers-too-late
const headers = new Metadata();
headers.set("station", name);
call.sendMetadata(headers);
let sent = 0;
for await (const reading of readings()) {
  call.write(reading);
  sent += 1;
}
const trailers = new Metadata();
trailers.set("readings-sent", String(sent));
call.sendMetadata(trailers);
call.end();
