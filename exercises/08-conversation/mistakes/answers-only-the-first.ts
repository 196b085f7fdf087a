// gets: ends-too-early
const answers: Promise<void>[] = [];
call.once("data", ({ number, instrument }: Order) => {
  answers.push(
    mast(instrument).then((reading) => {
      call.write({ order: number, reading });
    }),
  );
  call.resume();
});
call.on("end", async () => {
  await Promise.all(answers);
  call.end();
});
