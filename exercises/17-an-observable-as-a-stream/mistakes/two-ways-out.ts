// gets: overtakes
import type { Observable, Subscription } from "rxjs";
// --- the next region
const waiting: Reading[] = [];
let ending: (() => void) | undefined;
const sendOn = () => {
  while (waiting.length > 0 && !call.writableNeedDrain) call.write(waiting.shift() as Reading);
  if (waiting.length === 0) ending?.();
};
const endWith = (how: () => void) => {
  ending = how;
  if (waiting.length === 0) how();
};
call.on("drain", sendOn);
return readings$.subscribe({
  next: (reading) => {
    if (call.writableNeedDrain) waiting.push(reading);
    else call.write(reading);
  },
  error: () => endWith(() => call.emit("error", failed)),
  complete: () => endWith(() => call.end()),
});
