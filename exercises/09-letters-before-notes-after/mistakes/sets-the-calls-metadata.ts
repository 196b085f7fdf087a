// gets: into-the-request
call.metadata.set("station", name);
let sent = 0;
for await (const reading of readings()) {
  call.write(reading);
  sent += 1;
}
call.metadata.set("readings-sent", String(sent));
call.end();
