// gets: error-overtakes
import { concatMap, fromEvent, map, type Observable, of, type Subscription, take } from "rxjs";
// --- the next region
const drained = fromEvent(call, "drain").pipe(take(1));
return readings$
  .pipe(concatMap((reading) => (call.writableNeedDrain ? drained.pipe(map(() => reading)) : of(reading))))
  .subscribe({
    next: (reading) => call.write(reading),
    error: () => call.emit("error", failed),
    complete: () => call.end(),
  });
