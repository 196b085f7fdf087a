import { status } from "@grpc/grpc-js";
import { buffered, encoder, failWhenFull, StatusError, serverStreaming } from "quartet-bridge";
import { Hub, NotRemembered } from "quartet-bridge/hub";
import { catchError } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

/** The hub of the README, with the method whose calls are its members. */
// #region hub
export const hub = new Hub<WatchResponse>({ encode: encoder(VitalsService.watch), replay: 600 });
const outboxes = failWhenFull<WatchResponse>({ messages: 256 });

export const watch = serverStreaming(VitalsService.watch, ({ resumeAfter }) => {
  const entrance = resumeAfter ? { after: resumeAfter.sequence } : { last: 10 };
  return buffered(hub.join(entrance).pipe(catchError(inWordsOfGrpc)), outboxes);
});

function inWordsOfGrpc(error: unknown): never {
  if (!(error instanceof NotRemembered)) throw error;
  throw new StatusError(status.OUT_OF_RANGE, `the rounds ${error.oldest} to ${error.newest} are remembered`);
}
// #endregion
