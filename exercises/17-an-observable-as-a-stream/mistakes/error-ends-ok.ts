// gets: error-is-an-end
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
  sendOn();
};
call.on("drain", sendOn);
return readings$.subscribe({
  next: (reading) => {
    waiting.push(reading);
    sendOn();
  },
  error: () => endWith(() => call.end()),
  complete: () => endWith(() => call.end()),
});
