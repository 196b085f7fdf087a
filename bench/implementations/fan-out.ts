import type { Item } from "#gen/quartet/bench/v1/bench.js";
import type { Implementation } from "./implementation.js";
import { latencies, steadily } from "./steadily.js";
import { type Measured, type Task, timed } from "./task.js";

/** How far the publisher runs ahead of its slowest member: no server is ever idle, and none holds more than this. */
const publishedAhead = 64;

/** Members and a publisher. */
interface Room {
  /** Sends the next item to all. @returns its sequence */
  publish(): number;
  /** Callbacks for an item that one member received, and for an item that all members received. */
  onReceived(sequence: number): void;
  onReceivedByAll(): void;
  close(): Promise<void>;
}

/** Publishes items to members, as fast as the members take them or at the task's steady rate. */
export async function runFanOut(implementation: Implementation, address: string, task: Task): Promise<Measured> {
  const room = await open(implementation, address, task);
  const publish = task.work === "fanOut" ? publishAll : publishSteadily;
  if (task.warmup > 0) await publish(room, task, task.warmup);
  const measured = await publish(room, task, task.count);
  await room.close();
  return measured;
}

function publishAll(room: Room, { members }: Task, count: number): Promise<Measured> {
  return timed(
    count * members,
    () =>
      new Promise<void>((resolve) => {
        let begun = 0;
        let received = 0;
        const publish = () => {
          begun += 1;
          room.publish();
        };
        room.onReceivedByAll = () => {
          received += 1;
          if (received === count) resolve();
          else if (begun < count) publish();
        };
        while (begun < Math.min(publishedAhead, count)) publish();
      }),
  );
}

async function publishSteadily(room: Room, task: Task, count: number): Promise<Measured> {
  const latency = latencies();
  const dues = new Map<number, number>();
  room.onReceived = (sequence) => latency.record(dues.get(sequence) ?? Number.NaN);
  const measured = await timed(count * task.members, async () => {
    let left = count;
    const all = new Promise<void>((resolve) => {
      room.onReceivedByAll = () => {
        left -= 1;
        if (left === 0) resolve();
      };
    });
    await steadily(count, task.perSecond, (_, due) => {
      dues.set(room.publish(), due);
    });
    await all;
  });
  return { ...measured, latencyMs: latency.read() };
}

async function open(
  implementation: Implementation,
  address: string,
  { members, connections, bytes }: Task,
): Promise<Room> {
  const payload = Buffer.alloc(bytes, "q");
  /** How many members have received each item that is on the way. */
  const counts = new Map<number, number>();
  const received = ({ sequence }: Item) => {
    room.onReceived(sequence);
    const count = (counts.get(sequence) ?? 0) + 1;
    if (count < members) counts.set(sequence, count);
    else {
      counts.delete(sequence);
      room.onReceivedByAll();
    }
  };

  const first = implementation.connect(address);
  const clients = [first, ...Array.from({ length: connections - 1 }, () => implementation.connect(address))];
  const joined = clients.flatMap((client) =>
    Array.from({ length: members / connections }, () => client.join(received)),
  );
  await Promise.all(joined.map((member) => member.joined));
  const publisher = first.publisher();
  let next = 0;

  const room: Room = {
    publish() {
      const sequence = next;
      next += 1;
      publisher.publish({ sequence, payload });
      return sequence;
    },
    onReceived: () => {},
    onReceivedByAll: () => {},
    async close() {
      await publisher.end();
      for (const member of joined) member.leave();
      // A cancel is sent one tick later.
      await new Promise((resolve) => setImmediate(resolve));
      for (const client of clients) client.close();
    },
  };
  return room;
}
