// gets: rest-waits
import type { Observable, Subscription } from "rxjs";
// --- the next region
const waiting: Reading[] = [];
let ending: (() => void) | undefined;
const endWith = (how: () => void) => {
  ending = how;
  if (waiting.length === 0) how();
};
call.on("drain", () => {
  const reading = waiting.shift();
  if (reading) call.write(reading);
  if (waiting.length === 0) ending?.();
});
return readings$.subscribe({
  next: (reading) => {
    if (waiting.length > 0 || call.writableNeedDrain) waiting.push(reading);
    else call.write(reading);
  },
  error: () => endWith(() => call.emit("error", failed)),
  complete: () => endWith(() => call.end()),
});
