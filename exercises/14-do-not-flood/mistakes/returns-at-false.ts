// gets: returns-too-soon
for (const reading of archive()) if (!call.write(reading)) return;
call.end();
