// What a program does while a law is checked, without any library: the columns express it with each library. `report`
// tells the checking process what has happened, and the checking process may ask for `state` at any time.
import { EventEmitter } from "node:events";
import { setTimeout as after, setImmediate as turn } from "node:timers/promises";

const small = (sequence) => ({ sequence, payload: Buffer.alloc(34, 7) });
/** Each has its own bytes, so that a queue of them shows in memory. */
const large = (sequence) => ({ sequence, payload: Buffer.alloc(1024, 7) });

/** 60,000 items of 1 KiB, from a source that answers in portions, as a database does. */
async function* portions() {
  for (let sequence = 0; sequence < 60_000; sequence += 1) {
    if (sequence % 50 === 0) await turn();
    yield large(sequence);
  }
}

/** One endless item every 5 ms. */
async function* ticks() {
  for (let sequence = 0; ; sequence += 1) {
    yield small(sequence);
    await after(5);
  }
}

/** The source. It notes how many items were pulled, and when it was finalized. */
async function* watched(source, { state, report }) {
  try {
    for await (const item of source) {
      state.pulled = item.sequence + 1;
      yield item;
    }
  } finally {
    report("finalized");
  }
}

async function* failing(error) {
  for (let sequence = 0; sequence < 3; sequence += 1) yield small(sequence);
  // The first items are on the way by then, so the failure meets a call that has begun.
  await after(50);
  throw error;
}

/** A source that uses one object for all its items, and changes the object after it gave it away. */
async function* mutating() {
  const message = small(0);
  for (let sequence = 0; sequence < 10; sequence += 1) {
    message.sequence = sequence;
    yield message;
  }
}

async function* counted(count) {
  for (let sequence = 0; sequence < count; sequence += 1) yield small(sequence);
}

/** 60,000 items of 1 KiB, 100 in each turn of the event loop, whether or not the reader keeps up. */
function pushing(state) {
  const emitter = new EventEmitter();
  emitter.once("newListener", async () => {
    for (let sequence = 0; sequence < 60_000; sequence += 1) {
      if (sequence % 100 === 0) await turn();
      emitter.emit("item", large(sequence));
      state.produced = sequence + 1;
    }
  });
  return emitter;
}

const secret = new Error("connect failed: password=hunter2");
const throwing = (error) => async () => {
  throw error;
};

/**
 * For a server. `down` returns the source of the messages, and `pushed` an emitter of 'item'. `ask` is an async
 * function of the request whose failure a careful handler passes on, and `askAsync` one that is the handler itself.
 * `received`, `complete` and `failed` are for a handler that counts the requests and is told each end.
 */
export const serving = {
  many: (check) => ({ down: () => watched(portions(), check) }),
  ticking: (check) => ({ down: () => watched(ticks(), check) }),
  pushing: ({ state }) => ({ pushed: () => pushing(state) }),
  ordered: () => ({ down: () => counted(20_000) }),
  mutating: () => ({ down: mutating }),
  failing: () => ({ down: () => failing(secret) }),
  codeOfZero: () => ({ down: () => failing(Object.assign(new Error("gone"), { code: 0 })) }),
  secret: () => ({ ask: throwing(secret) }),
  status: ({ statusError }) => ({ ask: throwing(statusError(5, "100 % gone\nné")) }),
  surrogate: ({ statusError }) => ({ ask: throwing(statusError(5, "no user named \ud83d")) }),
  rejecting: () => ({ askAsync: throwing(secret) }),
  nothing: () => ({ ask: async () => undefined }),
  counting: ({ report }) => ({
    received: () => report("received"),
    complete: () => report("over", "complete"),
    failed: () => report("over", "failed"),
  }),
};

const never = () => new Promise(() => {});

/** Makes calls that succeed, and reports what they leave on the heap. */
async function leaks({ client }) {
  const heap = async () => {
    for (let turns = 0; turns < 10; turns += 1) await turn();
    globalThis.gc();
    return process.memoryUsage().heapUsed;
  };
  const calls = async (count) => {
    for (let call = 0; call < count; call += 1) await client.flow(() => {});
  };
  await calls(1000);
  const before = await heap();
  await calls(3000);
  return { before, after: await heap() };
}

function counting(state) {
  state.count = 0;
  return () => {
    state.count += 1;
  };
}

/** For a client: the outcome is reported as "done". */
export const calling = {
  async cold({ client }) {
    client.begin();
    await client.ask(small(1));
  },
  leave: ({ client }) => client.take(3),
  async cancelAtOnce({ client }) {
    // On an existing connection: a call that is cancelled while the client connects is never sent.
    await client.ask(small(1));
    client.cancelAtOnce();
    await client.ask(small(1));
  },
  async unread({ client }) {
    client.begin();
  },
  stalled: ({ client, report }) =>
    client.pace(() => {
      report("done");
      return never();
    }),
  flowing: ({ client, state }) => client.flow(counting(state)),
  paced({ client, state }) {
    const count = counting(state);
    return client.pace(async () => {
      count();
      await after(2);
    });
  },
  uploadEndless: ({ client, ...check }) => client.upload(watched(ticks(), check)),
  async uploadFails({ client }) {
    await client.ask(small(1));
    return client.upload(failing(new Error("the disk is gone")));
  },
  deadline: ({ client }) => client.deadline(300),
  asking: ({ client }) => client.ask(small(1)),
  leaks,
};
