// gets: waits-for-nothing
import { bufferWhen, fromEvent, type Observable, type Subscription } from "rxjs";
// --- the next region
return readings$.pipe(bufferWhen(() => fromEvent(call, "drain"))).subscribe({
  next: (together) => {
    for (const reading of together) call.write(reading);
  },
  error: () => call.emit("error", failed),
  complete: () => call.end(),
});
