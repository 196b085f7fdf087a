// gets: rest-waits
import type { Observable, Subscription } from "rxjs";
// --- the next region
const waiting: Reading[] = [];
const endWith = (how: () => void) => {
  if (waiting.length === 0) how();
};
return readings$.subscribe({
  next: (reading) => {
    waiting.push(reading);
    while (waiting.length > 0 && !call.writableNeedDrain) call.write(waiting.shift() as Reading);
  },
  error: () => endWith(() => call.emit("error", failed)),
  complete: () => endWith(() => call.end()),
});
