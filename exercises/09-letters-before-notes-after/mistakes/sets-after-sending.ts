// gets: no-trailer
const headers = new Metadata();
headers.set("station", name);
call.sendMetadata(headers);
let sent = 0;
for await (const reading of readings()) {
  call.write(reading);
  sent += 1;
}
headers.set("readings-sent", String(sent));
call.end();
