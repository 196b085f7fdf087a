import { freemem, totalmem } from "node:os";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { badRequest, buffered, coalesce, implement, onUnexpectedError, streamingServerOptions } from "quartet-bridge";
import { interval, map, type Observable } from "rxjs";
import { Metric, VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";

const memory = () => ({
  measuredAt: new Date(),
  readings: [{ metric: Metric.MEMORY, value: 1 - freemem() / totalmem() }],
});

/** Can wait, and so is pulled: a round is measured when there is room for it on the way to the reader. */
function* rounds(count: number) {
  for (let sequence = 1; sequence <= count; sequence += 1) yield { sequence, ...memory() };
}

/** Cannot wait, and so is pushed. */
const live$: Observable<WatchResponse> = interval(100).pipe(
  map((at) => ({ cursor: { epoch: "1", sequence: at + 1 }, ...memory(), replaced: 0 })),
);

/** What gives when a reader is slow: the older round, and the newer one counts it. */
const newest = coalesce<WatchResponse>((older, newer) => ({ ...newer, replaced: older.replaced + 1 + newer.replaced }));

const { definition, implementation } = implement(VitalsService, {
  replay({ count }) {
    if (count > 10_000) throw badRequest({ field: "count", description: "must be at most 10,000" });
    return rounds(count);
  },
  watch: () => buffered(live$, newest),
});

// What a handler throws without meaning it for the wire is UNKNOWN there, and comes here.
onUnexpectedError(({ path, error }) => console.error(path, error));

const server = new Server(streamingServerOptions());
server.addService(definition, implementation);
server.bindAsync(`127.0.0.1:${process.env.PORT ?? 50051}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}`);
});
