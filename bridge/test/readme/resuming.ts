import { type Caller, resuming } from "quartet-bridge";
import type { Observable } from "rxjs";
import type { Cursor, VitalsService, WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

// #region resuming
export function watchForever(vitals: Caller<VitalsService>, log: (text: string) => void): Observable<WatchResponse> {
  return resuming((resumeAfter?: Cursor) => vitals.watch.observe({ metrics: [], intervalMs: 0, resumeAfter }), {
    cursor: ({ cursor }) => cursor,
    onRetry: ({ attempt }) => log(`connection lost, attempt ${attempt}`),
  });
}
// #endregion
