// gets: drops-the-rest
import type { Observable, Subscription } from "rxjs";
// --- the next region
return readings$.subscribe({
  next: (reading) => {
    if (!call.writableNeedDrain) call.write(reading);
  },
  error: () => call.emit("error", failed),
  complete: () => call.end(),
});
