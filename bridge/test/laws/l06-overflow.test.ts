import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  buffered,
  type CallError,
  coalesce,
  failWhenFull,
  type Incoming,
  type OverflowPolicy,
  streamingChannelOptions,
} from "quartet-bridge";
import { type Observable, Subject } from "rxjs";
import { gate } from "../harness/loopback.js";
import { type Probe, served } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { law } from "./proof/law.js";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A message of about `bytes` bytes. Its load begins with the number of messages that it stands for. */
function probeOf(n: number, bytes: number): Probe {
  return { n, load: `1 ${"x".repeat(bytes)}` };
}
const weightOf = ({ load }: Probe) => Number.parseInt(load ?? "", 10);
const merge = (older: Probe, newer: Probe): Probe => ({
  n: newer.n,
  load: `${weightOf(older) + weightOf(newer)} merged`,
});

/** What the other side of a call received, and how its reading ended. */
interface Received {
  readonly numbers: number[];
  weight: number;
  failure?: unknown;
}

law("L6", `overflow under random stalls (SEED=${seed})`, ({ ran, figure, event, repeat }) => {
  const chance = random(seed);

  async function read(messages: AsyncIterable<Probe>): Promise<Received> {
    const received: Received = { numbers: [], weight: 0 };
    try {
      for await (const message of messages) {
        received.numbers.push(message.n);
        received.weight += weightOf(message);
        if (chance() < 0.02) for (let turns = chance() * 100; turns > 0; turns -= 1) await turn();
      }
    } catch (error) {
      received.failure = error;
    }
    return received;
  }

  /** Sends a pushed source over its own call, and settles when both sides have seen the end. */
  type Way = (
    source: Observable<Probe>,
    policy: OverflowPolicy<Probe>,
    begun: () => void,
  ) => Promise<Received & { thrown?: unknown }>;
  const ways: Record<string, Way> = {
    async "a server"(source, policy, begun) {
      const { calls } = await served(
        {
          serverStreaming: () => {
            setImmediate(begun);
            return buffered(source, policy);
          },
        },
        { window: chance() < 0.5 ? { messages: 3, bytes: 2000 } : false },
      );
      const received = await read(calls.serverStreaming({ n: 0 }));
      return "failure" in received ? { ...received, thrown: received.failure } : received;
    },
    async "a client"(source, policy, begun) {
      const done = gate<Received>();
      const { calls } = await served(
        {
          clientStreaming: async (requests: Incoming<Probe>) => {
            begun();
            const received = await read(requests);
            done.open(received);
            return { n: received.numbers.length };
          },
        },
        { client: streamingChannelOptions },
      );
      const thrown = await calls.clientStreaming(buffered(source, policy)).then(
        () => undefined,
        (error: unknown) => ({ thrown: error }),
      );
      return { ...(await done.opened), ...thrown };
    },
  };

  /** Emits in bursts with pauses. A bold producer ignores how full its outbox is. */
  async function produce(
    subject: Subject<Probe>,
    steps: number,
    full: () => boolean,
    emitted: (bytes: number) => void,
  ) {
    const bold = chance() < 0.5;
    let n = 0;
    for (let step = 1; step <= steps && subject.observed; step += 1) {
      for (let burst = chance() * 40; burst > 0 && subject.observed; burst -= 1) {
        if (full() && !bold) break;
        n += 1;
        const message = probeOf(n, Math.trunc(chance() ** 4 * 20_000));
        subject.next(message);
        emitted(Buffer.byteLength(JSON.stringify(message)));
      }
      for (let turns = chance() * 5; turns > 1; turns -= 1) await turn();
      if (step % 100 === 0) event(`step ${step}`);
    }
    subject.complete();
    return n;
  }

  for (const [role, move] of Object.entries(ways)) {
    repeat(200, `failWhenFull of ${role}: bounded, and every message is accounted for`, async () => {
      const [messages, bytes] = [1 + Math.trunc(chance() * 60), 20_100 + Math.trunc(chance() * 100_000)];
      const policy = failWhenFull<Probe>({ messages, bytes });
      const { counters } = policy;
      const sizes: number[] = [];
      let mostBytes = 0;
      const subject = new Subject<Probe>();
      const begun = gate();
      const moved = move(subject, policy, begun.open);
      await begun.opened;
      const full = () => counters.waiting > messages / 2 || counters.waiting * 20_050 + 20_050 > bytes;
      const produced = await produce(subject, 300, full, (size) => {
        sizes.push(size);
        expect(counters.delivered + counters.dropped + counters.waiting).to.equal(sizes.length);
        if (counters.waiting === 0) return;
        const waiting = sizes.slice(counters.delivered, counters.delivered + counters.waiting);
        mostBytes = Math.max(mostBytes, waiting.reduce((sum, each) => sum + each, 0) / bytes);
      });
      const { numbers, thrown, failure } = await moved;
      figure(`messages waiting of ${role}, of the bound`, counters.peak / messages, 1);
      figure(`bytes waiting of ${role}, of the bound`, mostBytes, 1);
      expect([counters.waiting, counters.delivered + counters.dropped]).to.deep.equal([0, produced]);
      expect(numbers).to.deep.equal(Array.from(numbers, (_, index) => index + 1));
      if (counters.dropped === 0) {
        expect([thrown, numbers.length]).to.deep.equal([undefined, produced]);
      } else {
        expect((thrown as CallError).code).to.equal(status.RESOURCE_EXHAUSTED);
        if (role === "a server") expect(numbers.length).to.be.at.most(counters.delivered);
        else expect((failure as CallError).code).to.equal(status.CANCELLED);
      }
      ran(produced - 1);
    });

    repeat(100, `coalesce of ${role}: one message waits at most, merged ones are in those that arrive`, async () => {
      const policy = coalesce(merge);
      const { counters } = policy;
      const subject = new Subject<Probe>();
      const begun = gate();
      const moved = move(subject, policy, begun.open);
      await begun.opened;
      let emitted = 0;
      const produced = await produce(
        subject,
        300,
        () => false,
        () => {
          emitted += 1;
          expect(counters.delivered + counters.dropped + counters.waiting).to.equal(emitted);
        },
      );
      const { numbers, weight, thrown } = await moved;
      figure(`messages waiting of ${role} that coalesces`, counters.peak, 1);
      expect([thrown, weight, numbers.at(-1)]).to.deep.equal([undefined, produced, produced]);
      expect([counters.waiting, counters.delivered + counters.dropped]).to.deep.equal([0, produced]);
      expect(numbers).to.have.length(counters.delivered);
      expect(numbers).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b));
      ran(produced - 1);
    });
  }
});
