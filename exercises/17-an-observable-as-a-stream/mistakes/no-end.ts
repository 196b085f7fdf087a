// gets: never-ends
import type { Observable, Subscription } from "rxjs";
// --- the next region
const waiting: Reading[] = [];
const sendOn = () => {
  while (waiting.length > 0 && !call.writableNeedDrain) call.write(waiting.shift() as Reading);
};
call.on("drain", sendOn);
return readings$.subscribe({
  next: (reading) => {
    waiting.push(reading);
    sendOn();
  },
  error: () => call.emit("error", failed),
});
