// gets: nothing-is-sent
for await (const reading of readings()) call.end(reading);
