// gets: floods
let full = 0;
call.on("drain", () => {
  full = 0;
});
for (const reading of archive()) if (!call.write(reading)) full += 1;
call.end();
