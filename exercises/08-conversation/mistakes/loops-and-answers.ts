// gets: loop-destroyed
void (async () => {
  for await (const { number, instrument } of call) call.write({ order: number, reading: await mast(instrument) });
  call.end();
})();
