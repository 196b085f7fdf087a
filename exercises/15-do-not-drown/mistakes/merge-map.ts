// gets: all-at-once
const { from, lastValueFrom, mergeMap } = await import("rxjs");
const work$ = from(call as AsyncIterable<Reading>).pipe(mergeMap((reading) => file(reading).then(() => filed.push(reading.value))));
await lastValueFrom(work$, { defaultValue: 0 });
