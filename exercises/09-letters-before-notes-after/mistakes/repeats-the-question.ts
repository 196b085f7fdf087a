// gets: wrong-count
const headers = new Metadata();
headers.set("station", name);
call.sendMetadata(headers);
for await (const reading of readings()) call.write(reading);
const trailers = new Metadata();
trailers.set("readings-sent", String(call.request.count));
call.end(trailers);
