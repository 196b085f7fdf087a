// gets: no-trailer
const headers = new Metadata();
headers.set("station", name);
call.sendMetadata(headers);
for await (const reading of readings()) call.write(reading);
call.end();
