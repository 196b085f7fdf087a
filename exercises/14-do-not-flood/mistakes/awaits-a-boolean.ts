// gets: floods
for (const reading of archive()) await call.write(reading);
call.end();
