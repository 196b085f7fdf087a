import { status } from "@grpc/grpc-js";
import { buffered, encoder, failWhenFull, StatusError, serverStreaming } from "quartet-bridge";
import { Hub, NotRemembered } from "quartet-bridge/hub";
import { catchError } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

// #region hub
export const hub = new Hub<WatchResponse>({ encode: encoder(VitalsService.watch), replay: 600 });
const policy = failWhenFull<WatchResponse>({ messages: 256 });

export const watch = serverStreaming(VitalsService.watch, ({ resumeAfter }) => {
  const entrance = resumeAfter ? { after: resumeAfter.sequence } : { last: 10 };
  return buffered(hub.join(entrance).pipe(catchError(toStatus)), policy);
});

function toStatus(error: unknown): never {
  throw error instanceof NotRemembered ? new StatusError(status.OUT_OF_RANGE, error.message) : error;
}
// #endregion
