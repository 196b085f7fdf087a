// gets: drops-the-rest
import type { Observable, Subscription } from "rxjs";
// --- the next region
let waiting: Reading[] = [];
let ending: (() => void) | undefined;
const endWith = (how: () => void) => {
  ending = how;
  if (waiting.length === 0) how();
};
call.on("drain", () => {
  for (const reading of waiting) {
    if (!call.write(reading)) break;
  }
  waiting = [];
  ending?.();
});
return readings$.subscribe({
  next: (reading) => {
    if (waiting.length > 0 || call.writableNeedDrain) waiting.push(reading);
    else call.write(reading);
  },
  error: () => endWith(() => call.emit("error", failed)),
  complete: () => endWith(() => call.end()),
});
