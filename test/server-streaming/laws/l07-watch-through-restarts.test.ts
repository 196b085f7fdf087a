import { expect } from "chai";
import { caller, streamingChannelOptions } from "quartet-bridge";
import { firstValueFrom, interval, Subject } from "rxjs";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { connectTo } from "../../../bridge/test/harness/loopback.js";
import { random, seed } from "../../../bridge/test/harness/random.js";
import { law, runs } from "../../../bridge/test/laws/proof/law.js";
import { host } from "../../../src/host/index.js";
import { vitals } from "../../../src/server-streaming/vitals.js";
import { watchOn } from "../../../src/server-streaming/watch-client/watch-on.js";
import { countedMetrics } from "../counted-metrics.js";

const draw = random(seed);

/** A new server on the port of the one before. */
async function live(port: number) {
  const hosting = host((draining) => [vitals(draining, { metrics: countedMetrics(), ticks: interval(1) })]);
  return { hosting, port: (await hosting.listen({ port })).port };
}

/** How many rounds of one life do not follow the one before, counting the replaced ones. */
function unaccounted(rounds: readonly WatchResponse[]): number {
  return rounds.filter(({ cursor, replaced }, index) => {
    const before = rounds[index - 1];
    if (!before) return false;
    const follows = (before.cursor?.sequence ?? Number.NaN) + replaced + 1 === cursor?.sequence;
    return !follows || before.cursor?.epoch !== cursor?.epoch;
  }).length;
}

law("L7", "Watch through restarts of its server: each round once, and each gap is said", ({ event, ran, figure }) => {
  const times = runs(50);

  it(`${times} restarts, polite and by force`, async () => {
    let { hosting, port } = await live(0);
    const client = connectTo(`127.0.0.1:${port}`, {
      ...streamingChannelOptions,
      "grpc.initial_reconnect_backoff_ms": 10,
      "grpc.max_reconnect_backoff_ms": 10,
    });
    /** The rounds since the last reported gap. */
    const lives: WatchResponse[][] = [[]];
    const heard = new Subject<number>();
    const watching = watchOn(
      caller(VitalsService, client),
      { metrics: [], intervalMs: 0 },
      { backoff: { initialMs: 1, maxMs: 20 }, onGap: () => lives.push([]) },
    ).subscribe((round) => {
      lives.at(-1)?.push(round);
      heard.next(lives.length);
    });
    await firstValueFrom(heard);

    for (let restart = 1; restart <= times; restart += 1) {
      for (let rounds = Math.floor(draw() * 20); rounds > 0; rounds -= 1) await firstValueFrom(heard);
      await (draw() < 0.5 ? hosting.drain(1_000) : hosting.force());
      const before = lives.length;
      ({ hosting, port } = await live(port));
      // It reconnects by itself, to the new server.
      while (lives.length === before) await firstValueFrom(heard);
      event(`restart ${restart} is over`);
    }
    watching.unsubscribe();
    await hosting.force();

    expect(lives, "a gap for each restart, and no other").to.have.length(times + 1);
    expect(new Set(lives.map(([first]) => first?.cursor?.epoch)).size, "epochs").to.equal(times + 1);
    figure(
      "rounds that came twice or are not accounted for",
      lives.map(unaccounted).reduce((a, b) => a + b),
      0,
    );
    ran(times);
  });
});
