import { aborted, caller, detailsOf } from "quartet-bridge";
import { distinctUntilChanged, elementAt, firstValueFrom, Subject, share, skip, takeUntil, tap } from "rxjs";
import { Metric, VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { type Case, type ServerChild, startServer } from "../../host/index.js";
import { watchOn } from "../watch-client/watch-on.js";

/** How long the channel and the watch wait before another attempt, in milliseconds. */
const retryMs = 500;

/** Starts a server of this case, which the case kills. */
const start = (port?: number): Promise<ServerChild> =>
  startServer(new URL("../server.js", import.meta.url), ["--log-level", "warn"], port);

/**
 * A server is killed in the middle of a watch, and another one is started on its port. The watch continues by itself
 * and reports a gap: the new server numbers its rounds from 1, and does not know the earlier ones.
 */
export const watchRestart: Case = async ({ connect, signal, say }) => {
  let server = await start();
  const over = new AbortController();
  let gaps = 0;
  try {
    const client = connect(server.address, {
      "grpc.initial_reconnect_backoff_ms": retryMs,
      "grpc.max_reconnect_backoff_ms": retryMs,
    });
    const lost = new Subject<void>();
    const rounds = watchOn(
      caller(VitalsService, client),
      { metrics: [Metric.CPU], intervalMs: 0 },
      {
        onRetry: () => lost.next(),
        onGap(error) {
          gaps += 1;
          say(`it asks for what follows, and hears: OUT_OF_RANGE, ${detailsOf(error).errorInfo?.reason}`);
        },
        backoff: { maxMs: retryMs },
      },
    ).pipe(takeUntil(aborted(AbortSignal.any([signal, over.signal]))), share());

    async function restart(): Promise<void> {
      const noticed = firstValueFrom(lost);
      await server.kill();
      await noticed;
      say("the server is killed, and the connection lost");
      say("another server is started in its place");
      server = await start(Number(new URL(`http://${server.address}`).port));
    }

    const firstThree = rounds.pipe(
      tap(({ cursor }) => say(`round ${cursor?.sequence}`)),
      elementAt(2),
    );
    const ofAnother = rounds.pipe(distinctUntilChanged(({ cursor: a }, { cursor: b }) => a?.epoch === b?.epoch));
    const [, first] = await Promise.all([
      firstValueFrom(firstThree).then(restart),
      firstValueFrom(ofAnother.pipe(skip(1))),
    ]);
    say(`round ${first.cursor?.sequence} of the new server: the watch continues by itself, after a gap`);
    if (gaps !== 1) throw new Error(`the server said OUT_OF_RANGE ${gaps} times, not once`);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
    await server.kill();
  }
};
