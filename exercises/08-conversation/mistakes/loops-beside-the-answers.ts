// gets: loop-destroyed
const answers: Promise<void>[] = [];
void (async () => {
  for await (const { number, instrument } of call) {
    answers.push(mast(instrument).then((reading) => void call.write({ order: number, reading })));
  }
  await Promise.all(answers);
  call.end();
})();
