// gets: nobody-waits
for await (const reading of call) {
  void file(reading).then(() => filed.push(reading.value));
}
