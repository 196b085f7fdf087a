import { type Caller, resuming } from "quartet-bridge";
import type { Observable } from "rxjs";
import type { Cursor, VitalsService, WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

/** The resumed stream of the README. */
// #region resuming
export function watchForEver(vitals: Caller<VitalsService>, say: (text: string) => void): Observable<WatchResponse> {
  return resuming((resumeAfter?: Cursor) => vitals.watch.observe({ metrics: [], intervalMs: 0, resumeAfter }), {
    cursor: ({ cursor }) => cursor,
    onRetry: ({ attempt }) => say(`connection lost, attempt ${attempt} to come back`),
  });
}
// #endregion
