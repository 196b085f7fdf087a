// gets: idle-desks
for await (const reading of call) {
  await file(reading);
  filed.push(reading.value);
}
