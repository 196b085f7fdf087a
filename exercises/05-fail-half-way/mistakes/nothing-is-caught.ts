// gets: nobody-catches
for await (const reading of readings()) call.write(reading);
call.end();
