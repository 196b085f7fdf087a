import { Server, ServerCredentials } from "@grpc/grpc-js";
import { badRequest, buffered, coalesce, implement, onUnexpectedError, streamingServerOptions } from "quartet-bridge";
import { interval, map, type Observable } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

/** A generator waits at its `yield` while the client is slow, so no round is lost. */
function* rounds(count: number) {
  if (count > 10_000) throw badRequest({ field: "count", description: "must be at most 10,000" });
  for (let sequence = 1; sequence <= count; sequence += 1) yield { sequence, measuredAt: new Date(), readings: [] };
}

/** A timer cannot wait, so it is an Observable. */
const live$: Observable<WatchResponse> = interval(100).pipe(
  map((n) => ({ cursor: { epoch: "1", sequence: n + 1 }, measuredAt: new Date(), readings: [], replaced: 0 })),
);

/** A slow client gets the newest round, which says how many older rounds it replaced. */
const newest = coalesce<WatchResponse>((older, newer) => ({ ...newer, replaced: older.replaced + 1 }));

// For an error that is not a status, the client gets UNKNOWN with a fixed text. Your log gets the error.
onUnexpectedError(({ path, error }) => console.error(path, error));

const server = new Server(streamingServerOptions());
implement(VitalsService, {
  replay: ({ count }) => rounds(count),
  watch: () => buffered(live$, newest),
}).addTo(server);
server.bindAsync(`127.0.0.1:${process.env.PORT ?? 50051}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}`);
});
