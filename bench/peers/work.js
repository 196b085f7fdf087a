import { item } from "./item.js";

// How far a publisher runs ahead of its slowest member. Without a bound the run would measure queues, and a peer that
// refuses to queue would fail it.
const publishedAhead = 64;

/**
 * The kinds of work: each takes clients of a peer and returns how many messages it has moved. `count` is the number of
 * calls, or of messages on a stream, or of items that are published.
 */
export const works = {
  async unary({ clients: [client], count, inFlight }) {
    let next = 0;
    async function lane() {
      while (next < count) {
        next += 1;
        await client.ask(item(next));
      }
    }
    await Promise.all(Array.from({ length: inFlight }, lane));
    return count;
  },

  async down({ clients: [client], count, bytes }) {
    let received = 0;
    await client.down({ count, payloadBytes: bytes }, () => {
      received += 1;
    });
    return received;
  },

  up: ({ clients: [client], count }) => client.up(count),

  async pingPong({ clients: [client], count }) {
    await client.pingPong(count);
    return count;
  },

  /** `members` over all clients, so that their number is the number of connections; the first one publishes. */
  async fanOut({ clients, count, members }) {
    const received = new Array(members).fill(0);
    // How many members have received at least so many: the slowest is known without asking them all at each item.
    const reached = new Array(count + 2).fill(0);
    let slowest = 0;
    let progressed = () => {};
    const progress = () =>
      new Promise((resolve) => {
        progressed = resolve;
      });

    const leave = received.map((_none, member) =>
      clients[member % clients.length].join(() => {
        received[member] += 1;
        reached[received[member]] += 1;
        while (slowest < count + 1 && reached[slowest + 1] === members) {
          slowest += 1;
          progressed();
        }
      }),
    );
    // The first item says that the member is in.
    while (slowest < 1) await progress();
    const began = process.hrtime.bigint();
    await clients[0].publish(async (publish) => {
      for (let sequence = 0; sequence < count; sequence += 1) {
        while (sequence - (slowest - 1) >= publishedAhead) await progress();
        publish(item(sequence));
      }
    });
    while (slowest < count + 1) await progress();
    const elapsedNs = Number(process.hrtime.bigint() - began);
    for (const leaveNow of leave) leaveNow();
    return { messages: members * count, elapsedNs };
  },
};

/** Does a piece of work and says how long it took: of a fan-out, without the joining. */
export async function timed(work, options) {
  const began = process.hrtime.bigint();
  const done = await works[work](options);
  const elapsedNs = Number(process.hrtime.bigint() - began);
  return typeof done === "number" ? { messages: done, elapsedNs } : done;
}
