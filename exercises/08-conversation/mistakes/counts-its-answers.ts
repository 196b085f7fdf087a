// gets: wrong-number
const answers: Promise<void>[] = [];
let number = 0;
call.on("data", ({ instrument }: Order) => {
  answers.push(
    mast(instrument).then((reading) => {
      number += 1;
      call.write({ order: number, reading });
    }),
  );
});
call.on("end", async () => {
  await Promise.all(answers);
  call.end();
});
