import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { buffered, type CallError, encoder, failWhenFull } from "quartet-bridge";
import { Hub } from "quartet-bridge/hub";
import { tap } from "rxjs";
import { mostAhead } from "../harness/buffers-on-the-way.js";
import { gate } from "../harness/loopback.js";
import { failureOf, type Probe, ProbeService, served } from "../harness/probe.js";
import { nextTurn } from "../hub/hub-members.js";
import { law } from "./proof/law.js";

const bytes = 1024;
const load = "x".repeat(bytes);
const readers = 99;
/** How many messages may wait for a reader. */
const outbox = 64;

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Counts the messages that readers have read, and opens a gate at the awaited number. */
function readCounter() {
  let read = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let reached = gate();
  return {
    one() {
      read += 1;
      if (read >= wanted) reached.open();
    },
    async reaches(count: number): Promise<void> {
      reached = gate();
      wanted = count;
      if (read >= wanted) reached.open();
      await reached.opened;
    },
  };
}

law("L20", "a hub over real calls", () => {
  it(`gives ${readers} members everything in order while one is stalled on the same connection, and only that one is dropped`, async () => {
    const hub = new Hub<Probe>({ encode: encoder(ProbeService.serverStreaming), replay: 10 });
    const patient = failWhenFull<Probe>({ messages: 1024 });
    const strict = failWhenFull<Probe>({ messages: outbox });
    let offered = 0;
    const { calls } = await served(
      {
        serverStreaming: ({ n: isStalled }) => {
          const counted = hub.join().pipe(tap(() => (offered += isStalled)));
          return buffered(counted, isStalled ? strict : patient);
        },
      },
      { window: false },
    );
    const read = readCounter();
    const everything = numbers(1, readers).map(async () => {
      const heard: number[] = [];
      for await (const { n } of calls.serverStreaming({ n: 0 })) {
        heard.push(n);
        read.one();
      }
      return heard;
    });
    const stalled = calls.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
    const first = stalled.next();
    while (hub.gauges.members <= readers) await nextTurn();

    let published = 0;
    const publishMore = async () => {
      for (let more = 0; more < 64; more += 1) published = hub.publish({ n: published + 1, load });
      await read.reaches(readers * published);
    };
    while (hub.gauges.members > readers) await publishMore();
    await publishMore();
    hub.complete();

    for (const heard of await Promise.all(everything)) expect(heard).to.deep.equal(numbers(1, published));
    // The stalled member's messages filled the buffers on the way and its outbox. The last one was one too many.
    expect(offered)
      .to.be.greaterThan(outbox + 1)
      .and.at.most(outbox + mostAhead(bytes) + 1);
    const { delivered, dropped, waiting, peak } = strict.counters;
    expect([delivered + dropped, dropped, waiting, peak]).to.deep.equal([offered, outbox + 1, 0, outbox]);
    expect(patient.counters).to.include({ delivered: readers * published, dropped: 0, waiting: 0 });
    expect(hub.gauges).to.include({
      published,
      delivered: readers * published + offered,
      members: 0,
      dropped: 0,
      lag: 0,
    });

    const heard = [(await first).value?.n];
    const failure = await failureOf(
      (async () => {
        for (let next = await stalled.next(); !next.done; next = await stalled.next()) heard.push(next.value.n);
      })(),
    );
    expect((failure as CallError).code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(heard).to.deep.equal(numbers(1, heard.length));
    expect(heard.length).to.be.at.most(delivered);
  });
});
