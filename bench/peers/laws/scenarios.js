// What a program does while a law is put to the test, said without a library: the columns say it in each library's own
// way. `report` tells the checking process what has happened; `state` is what it may ask for at any time.
import { EventEmitter } from "node:events";

/** With bytes of its own, so that a queue of them shows in memory. */
const large = (sequence) => ({ sequence, payload: Buffer.alloc(1024, 7) });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const small = (sequence) => ({ sequence, payload: Buffer.alloc(34, 7) });

/** Many items of 1 KiB, from something that answers in portions, as a database does. */
async function* many(state, report) {
  try {
    for (let sequence = 0; sequence < 60_000; sequence += 1) {
      if (sequence % 50 === 0) await turn();
      state.pulled = sequence + 1;
      yield large(sequence);
    }
  } finally {
    report("finalised");
  }
}

/** One item every 5 ms, without an end. */
async function* ticking(state, report) {
  try {
    for (let sequence = 0; ; sequence += 1) {
      state.pulled = sequence + 1;
      yield small(sequence);
      await after(5);
    }
  } finally {
    report("finalised");
  }
}

async function* failing(error) {
  for (let sequence = 0; sequence < 3; sequence += 1) yield small(sequence);
  // What was given first is on its way by then: the failure meets a call that has begun.
  await after(50);
  throw error;
}

/** An object that is changed after it was given away: the source uses one for all its items. */
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

/** 60,000 items of 1 KiB, 100 in each turn of the event loop, whether anybody keeps up or not. */
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

/**
 * For a server. `down` gives the source of the messages, `pushed` an emitter of 'item', `ask` is an async function of
 * the request whose failure a careful handler passes on, and `askAsync` one that is the handler itself; `up` stands for a handler that counts what comes in, and is told of each begin and each end.
 */
export const serving = {
  many: ({ state, report }) => ({ down: () => many(state, report) }),
  ticking: ({ state, report }) => ({ down: () => ticking(state, report) }),
  pushing: ({ state }) => ({ pushed: () => pushing(state) }),
  ordered: () => ({ down: () => counted(20_000) }),
  mutating: () => ({ down: mutating }),
  failing: () => ({ down: () => failing(secret) }),
  codeOfZero: () => ({ down: () => failing(Object.assign(new Error("gone"), { code: 0 })) }),
  secret: () => ({
    ask: async () => {
      throw secret;
    },
  }),
  status: ({ statusError }) => ({
    ask: async () => {
      throw statusError(5, "100 % gone\nné");
    },
  }),
  surrogate: ({ statusError }) => ({
    ask: async () => {
      throw statusError(5, "no user named \ud83d");
    },
  }),
  rejecting: () => ({
    askAsync: async () => {
      throw secret;
    },
  }),
  nothing: () => ({ ask: async () => undefined }),
  counting: ({ report }) => {
    let received = 0;
    return {
      received() {
        received += 1;
        report("received", received);
      },
      complete: () => report("over", "complete"),
      failed: () => report("over", "failed"),
    };
  },
};

/** What became of something that may fail. */
const outcome = async (client, doing) => {
  try {
    return { value: await doing };
  } catch (error) {
    return { error: client.problem(error) };
  }
};

const never = () => new Promise(() => {});

/** For a client. */
export const calling = {
  async cold({ client, report }) {
    client.begin();
    await client.ask(small(1));
    report("done");
  },
  async leave({ client, report }) {
    await client.take(3);
    report("done");
  },
  async cancelAtOnce({ client, report }) {
    // On a connection that stands: what is cancelled while it is being made never leaves.
    await client.ask(small(1));
    client.cancelAtOnce();
    await client.ask(small(1));
    report("done");
  },
  async unread({ client, report }) {
    client.begin();
    report("done");
  },
  async stalled({ client, report }) {
    outcome(
      client,
      client.pace(async () => {
        report("done");
        await never();
      }),
    );
  },
  async flowing({ client, report }) {
    let count = 0;
    const { error } = await outcome(
      client,
      client.flow(() => {
        count += 1;
      }),
    );
    report("done", { count, error });
  },
  async paced({ client, report }) {
    let count = 0;
    const { error } = await outcome(
      client,
      client.pace(async () => {
        count += 1;
        await after(2);
      }),
    );
    report("done", { count, error });
  },
  async uploadEndless({ client, report, state }) {
    report("done", await outcome(client, client.upload(ticking(state, report))));
  },
  async uploadFails({ client, report }) {
    await client.ask(small(1));
    report("done", await outcome(client, client.upload(failing(new Error("the disk is gone")))));
  },
  async deadline({ client, report, leave }) {
    report("done", await outcome(client, client.deadline(300)));
    client.close();
    leave();
  },
  async asking({ client, report }) {
    report("done", await outcome(client, client.ask(small(1))));
  },
  async leaks({ client, report }) {
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
    report("done", { before, after: await heap() });
  },
};
