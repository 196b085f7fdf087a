// gets: header-as-trailer
let sent = 0;
for await (const reading of readings()) {
  call.write(reading);
  sent += 1;
}
const metadata = new Metadata();
metadata.set("station", name);
metadata.set("readings-sent", String(sent));
call.end(metadata);
