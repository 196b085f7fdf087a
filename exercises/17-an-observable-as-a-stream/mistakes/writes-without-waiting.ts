// gets: floods
import type { Observable, Subscription } from "rxjs";
// --- the next region
return readings$.subscribe({
  next: (reading) => call.write(reading),
  error: () => call.emit("error", failed),
  complete: () => call.end(),
});
