import { expect } from "chai";
import { type Incoming, streamingChannelOptions } from "quartet-bridge";
import { type Observable, Subject } from "rxjs";
import { countedProbes, type Probe, served } from "../harness/probe.js";
import { random, seed } from "../harness/random.js";
import { law, runs } from "./proof/law.js";

const chance = random(seed);

/** Stalls at random, for up to 20 turns of the event loop: long enough for the other side to reach its bounds. */
async function stall(): Promise<void> {
  if (chance() >= 0.02) return;
  for (let turns = chance() * 20; turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Reads to the end, with stalls, and throws at the first message that is missing, duplicated or out of order. */
async function* inOrder(messages: AsyncIterable<Probe>): AsyncGenerator<Probe> {
  let last = 0;
  for await (const message of messages) {
    if (message.n !== last + 1) throw new Error(`${message.n} came after ${last}`);
    last = message.n;
    await stall();
    yield message;
  }
}

async function countOf(messages: AsyncIterable<Probe>): Promise<number> {
  let count = 0;
  for await (const _message of inOrder(messages)) count += 1;
  return count;
}

law("L7", "100,000 messages arrive exactly once and in order, with random stalls", ({ ran, event }) => {
  const count = runs(100_000);
  const title = `${count} messages, random stalls (SEED=${seed})`;

  async function stalling() {
    return await served(
      {
        serverStreaming: ({ n }) => stalled(countedProbes(n).source()),
        clientStreaming: async (requests) => ({ n: await countOf(requests) }),
        bidirectional: inOrder,
      },
      { client: streamingChannelOptions },
    );
  }

  async function* stalled(messages: AsyncIterable<Probe>): AsyncGenerator<Probe> {
    for await (const message of messages) {
      if (message.n % 1000 === 0) event(`${message.n} sent`);
      await stall();
      yield message;
    }
  }

  it(`server streaming: ${title}`, async () => {
    const { calls } = await stalling();
    expect(await countOf(calls.serverStreaming({ n: count }))).to.equal(count);
    ran(count);
  });

  it(`client streaming: ${title}`, async () => {
    const { calls } = await stalling();
    const { state, source } = countedProbes(count);
    expect(await calls.clientStreaming(stalled(source()))).to.deep.equal({ n: count });
    expect(state.finalized).to.equal(1);
    ran(count);
  });

  it(`bidirectional, there and back: ${title}`, async () => {
    const { calls } = await stalling();
    const { state, source } = countedProbes(count);
    expect(await countOf(calls.bidirectional(stalled(source())))).to.equal(count);
    expect(state.finalized).to.equal(1);
    ran(count);
  });

  it(`bidirectional, pushed, with at most 1,000 messages on the way: ${title}`, async () => {
    /** Sends each request back, as an Observable. */
    function echo(requests: Incoming<Probe>): Observable<Probe> {
      const response$ = new Subject<Probe>();
      setImmediate(() => requests.observe().subscribe(response$));
      return response$;
    }
    const { calls } = await served({ bidirectional: echo }, { client: streamingChannelOptions });
    const request$ = new Subject<Probe>();
    let [sent, received] = [0, 0];
    /** Sends a random number of messages, while those on the way fit the outbox of an Observable. */
    function send(): void {
      const most = Math.min(count, received + 1000, sent + 1 + Math.floor(chance() * 500));
      while (sent < most) {
        sent += 1;
        request$.next({ n: sent });
      }
      if (sent === count) request$.complete();
    }
    await new Promise<void>((resolve, reject) => {
      calls.bidirectional.observe(request$).subscribe({
        next({ n }) {
          if (n !== received + 1) reject(new Error(`${n} came after ${received}`));
          received = n;
          if (n % 1000 === 0) event(`${n} received`);
          if (sent < count && (received === sent || chance() < 0.05)) send();
        },
        complete: resolve,
        error: reject,
      });
      send();
    });
    expect(received).to.equal(count);
    ran(count);
  });
});
