// gets: hoards
const { from, lastValueFrom, mergeMap } = await import("rxjs");
const work$ = from(call as AsyncIterable<Reading>).pipe(mergeMap((reading) => file(reading).then(() => filed.push(reading.value)), desks));
await lastValueFrom(work$, { defaultValue: 0 });
