// gets: overtakes
import { once } from "node:events";
import { mergeMap, type Observable, type Subscription } from "rxjs";
// --- the next region
return readings$
  .pipe(
    mergeMap(async (reading) => {
      while (call.writableNeedDrain) await once(call, "drain");
      call.write(reading);
    }),
  )
  .subscribe({
    error: () => call.emit("error", failed),
    complete: () => call.end(),
  });
