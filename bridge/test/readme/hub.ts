import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { buffered, encoder, failWhenFull, StatusError, serverStreaming } from "quartet-bridge";
import { Hub, NotRemembered } from "quartet-bridge/hub";
import { catchError, throwError } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

// #region hub
export const epoch = randomUUID(); // A restarted server numbers its messages from 1 again.
export const hub = new Hub<WatchResponse>({ encode: encoder(VitalsService.watch), replay: 600 });
const policy = failWhenFull<WatchResponse>({ messages: 256 });

export const watch = serverStreaming(VitalsService.watch, ({ resumeAfter: position }) => {
  if (position && position.epoch !== epoch) throw new StatusError(status.OUT_OF_RANGE, "the server has restarted");
  const round$ = hub.join(position ? { after: position.sequence } : { last: 10 });
  return buffered(round$.pipe(catchError(toStatus)), policy);
});
const toStatus = (error: unknown) =>
  throwError(() => (error instanceof NotRemembered ? new StatusError(status.OUT_OF_RANGE, error.message) : error));
// #endregion
