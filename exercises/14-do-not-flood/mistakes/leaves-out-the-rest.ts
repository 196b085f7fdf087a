// gets: gives-up
for (const reading of archive()) if (!call.write(reading)) break;
call.end();
