// gets: too-early
call.on("data", (reading: Reading) => resolve([reading]));
call.on("error", reject);
