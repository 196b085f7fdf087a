// gets: headers-wait
let sent = 0;
for await (const reading of readings()) {
  if (sent === 0) {
    const headers = new Metadata();
    headers.set("station", reading.station);
    call.sendMetadata(headers);
  }
  call.write(reading);
  sent += 1;
}
const trailers = new Metadata();
trailers.set("readings-sent", String(sent));
call.end(trailers);
