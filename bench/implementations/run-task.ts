import type { Item } from "#gen/quartet/bench/v1/bench.js";
import { runFanOut } from "./fan-out.js";
import type { BenchClient, Implementation } from "./implementation.js";
import { batches, items } from "./items.js";
import { latencies, steadily } from "./steadily.js";
import { type Measured, type Task, timed } from "./task.js";

/** Does the task as a client of `implementation`, and measures it. */
export async function runTask(implementation: Implementation, address: string, task: Task): Promise<Measured> {
  if (task.work === "fanOut" || task.work === "fanOutSteadily") return runFanOut(implementation, address, task);
  const client = implementation.connect(address);
  try {
    if (task.work === "unarySteadily") {
      await askSteadily(client, task, task.warmup);
      return await askSteadily(client, task, task.count);
    }
    await arrive(client, task, task.warmup);
    return await timed(task.count, () => arrive(client, task, task.count));
  } finally {
    client.close();
  }
}

/** @throws Error if fewer messages arrived than expected: a figure for work that was not done would mislead */
async function arrive(client: BenchClient, task: Task, count: number): Promise<void> {
  if (count === 0) return;
  const arrived = await arrivals(client, task, count);
  if (arrived !== count) throw new Error(`${task.work}: ${arrived} of ${count} have arrived`);
}

async function arrivals(client: BenchClient, task: Task, count: number): Promise<number> {
  const { work, batchSize } = task;
  const request = { count, payloadBytes: task.bytes, batchSize };
  switch (work) {
    case "unary":
      return askAll(client, items(request), task.inFlight);
    case "down":
      return client.down(request);
    case "downBatched":
      return client.downBatched(request);
    case "up":
      return client.up(items(request));
    case "upBatched":
      return client.upBatched(batches(request));
    case "pingPong":
      return client.pingPong(items(request));
    default:
      throw new Error(`${work} does not run on one connection`);
  }
}

/** Runs `inFlight` callers, each of which calls again when it has its answer. */
async function askAll(client: BenchClient, questions: Iterable<Item>, inFlight: number): Promise<number> {
  let answered = 0;
  const caller = async () => {
    for (const question of questions) {
      await client.ask(question);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return answered;
}

async function askSteadily(client: BenchClient, task: Task, count: number): Promise<Measured> {
  const payload = Buffer.alloc(task.bytes, "q");
  const latency = latencies();
  const measured = await timed(count, async () => {
    const answers: Promise<void>[] = [];
    await steadily(count, task.perSecond, (sequence, due) => {
      answers.push(client.ask({ sequence, payload }).then(() => latency.record(due)));
    });
    await Promise.all(answers);
  });
  return { ...measured, latencyMs: latency.read() };
}
