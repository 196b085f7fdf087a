// gets: waits-in-turn
void (async () => {
  for await (const { number, instrument } of call.iterator({ destroyOnReturn: false })) {
    call.write({ order: number, reading: await mast(instrument) });
  }
  call.end();
})();
