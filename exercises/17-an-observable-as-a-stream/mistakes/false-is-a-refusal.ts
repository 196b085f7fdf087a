// gets: sent-twice
import type { Observable, Subscription } from "rxjs";
// --- the next region
const waiting: Reading[] = [];
let ending: (() => void) | undefined;
const sendOn = () => {
  for (let reading = waiting[0]; reading; reading = waiting[0]) {
    if (!call.write(reading)) return;
    waiting.shift();
  }
  ending?.();
};
const endWith = (how: () => void) => {
  ending = how;
  if (waiting.length === 0) how();
};
call.on("drain", sendOn);
return readings$.subscribe({
  next: (reading) => {
    if (waiting.length > 0 || !call.write(reading)) waiting.push(reading);
  },
  error: () => endWith(() => call.emit("error", failed)),
  complete: () => endWith(() => call.end()),
});
