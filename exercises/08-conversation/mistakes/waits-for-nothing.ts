// gets: ends-in-between
const answers: Promise<void>[] = [];
call.on("data", ({ number, instrument }: Order) => {
  answers.push(
    mast(instrument).then((reading) => {
      call.write({ order: number, reading });
    }),
  );
});
Promise.all(answers).then(() => call.end());
