import { buffered, encoder, failWhenFull, serverStreaming } from "quartet-bridge";
import { Hub } from "quartet-bridge/hub";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

// #region hub
export const hub = new Hub<WatchResponse>({ encode: encoder(VitalsService.watch), replay: 600 });
const policy = failWhenFull<WatchResponse>({ messages: 256 });

export const watch = serverStreaming(VitalsService.watch, ({ resumeAfter }) =>
  buffered(hub.join(resumeAfter ? { after: resumeAfter } : { last: 10 }), policy),
);
// #endregion
