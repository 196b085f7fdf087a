// gets: never-ends
for await (const reading of readings()) call.write(reading);
