// gets: error-unheard
import type { Observable, Subscription } from "rxjs";
// --- the next region
const waiting: Reading[] = [];
let complete = false;
const sendOn = () => {
  while (waiting.length > 0 && !call.writableNeedDrain) call.write(waiting.shift() as Reading);
  if (waiting.length === 0 && complete) call.end();
};
call.on("drain", sendOn);
return readings$.subscribe({
  next: (reading) => {
    waiting.push(reading);
    sendOn();
  },
  complete: () => {
    complete = true;
    sendOn();
  },
});
