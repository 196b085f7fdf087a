// The laws of a server: the library serves, a client of bare grpc-js calls and sees what arrives.
import { connect as connectHttp2 } from "node:http2";
import { credentials, Metadata, makeGenericClientConstructor } from "@grpc/grpc-js";
import { BenchService, Item } from "../../../dist/src/gen/quartet/bench/v1/bench.js";
import { everything } from "../item.js";
import { frame } from "../peers/http2.js";
import { atRest, startSide, Verdict, within } from "./process.js";

const Client = makeGenericClientConstructor(BenchService, "Bench");
const item = { sequence: 0, payload: Buffer.alloc(34) };

/** A check whose library serves `scenario`. */
const check = (law, title, scenario, examine) => ({
  law,
  title,
  async run(column) {
    const server = startSide(column, "server", scenario);
    const port = await within(server.next("listening"), undefined, 20_000);
    if (port === undefined) throw new Error(`${column} does not serve: ${server.complaint()}`);
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    try {
      return await examine({ client, server, port });
    } finally {
      client.close();
      await server.stop();
    }
  },
});

/** Calls Down: what has come, the status when it comes, and the call. */
function down(client, options = {}) {
  const call = client.down(everything, new Metadata(), options);
  const seen = { call, sequences: [] };
  call.on("error", () => {});
  call.on("data", ({ sequence }) => seen.sequences.push(sequence));
  seen.status = new Promise((resolve) => call.on("status", resolve));
  return seen;
}

const first = (call) => new Promise((resolve) => call.once("data", resolve));

const ask = (client) =>
  new Promise((resolve) => client.ask(item, (error, answer) => resolve(error ?? { code: 0, details: "", answer })));

const said = (code) => (code === "hangs" ? code : `code ${code}`);
const short = (text) => (text.length > 24 ? `${text.slice(0, 23)}…` : text);
const megabytes = (bytes) => `${Math.max(0, bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;

/** A reader takes one item and no more; resolves when the source has come to rest. */
async function stall(client, server, of) {
  const before = await server.state();
  const { call } = down(client);
  if (!(await within(first(call), undefined))) throw new Verdict(false, "nothing comes");
  call.pause();
  const count = await atRest(async () => (await server.state())[of] ?? 0);
  const { bytes } = await server.state();
  return { call, count, grown: bytes - before.bytes };
}

const finalised = (server) =>
  within(
    server.next("finalised").then(() => true),
    false,
  );

export const serverChecks = [
  check("L3", "a cancel reaches a source that is giving", "ticking", async ({ client, server }) => {
    const { call } = down(client);
    if (!(await within(first(call), undefined))) return { held: false, figure: "nothing comes" };
    call.cancel();
    const held = await finalised(server);
    return { held, figure: held ? "finalised" : "goes on" };
  }),

  check("L3", "a cancel reaches a source that waits for room", "many", async ({ client, server }) => {
    const { call, count } = await stall(client, server, "pulled");
    if (count === 60_000) return { figure: "never waits" };
    call.cancel();
    const held = await finalised(server);
    return { held, figure: held ? "finalised" : "left for ever" };
  }),

  check("L14", "the client's deadline reaches the source", "ticking", async ({ client, server }) => {
    down(client, { deadline: Date.now() + 300 });
    const held = await finalised(server);
    return { held, figure: held ? "finalised" : "goes on" };
  }),

  check("L5", "a stalled reader holds back a source that is pulled", "many", async ({ client, server }) => {
    const { count, grown } = await stall(client, server, "pulled");
    return { held: count < 6000, figure: `${count} ahead, ${megabytes(grown)}` };
  }),

  check("L6", "a stalled reader of what is pushed costs a bounded queue", "pushing", async ({ client, server }) => {
    const { count, grown } = await stall(client, server, "produced");
    return { held: count === 60_000 && grown < 8 * 2 ** 20, figure: megabytes(grown) };
  }),

  check("L7", "20,000 messages arrive once and in order", "ordered", async ({ client }) => {
    const { call, sequences, status } = down(client);
    // A reader that halts now and then, at places that are the same in each run.
    call.on("data", ({ sequence }) => {
      if (sequence % 97 !== 0) return;
      call.pause();
      setImmediate(() => setImmediate(() => call.resume()));
    });
    const { code } = await within(status, { code: "none" }, 20_000);
    const inOrder = sequences.every((sequence, index) => sequence === index);
    return { held: code === 0 && inOrder && sequences.length === 20_000, figure: `${sequences.length}` };
  }),

  check("L8", "a status arrives as it was meant", "status", async ({ client }) => {
    const { code, details } = await within(ask(client), { code: "hangs" });
    return { held: code === 5 && details === "100 % gone\nné", figure: `code ${code}, ${JSON.stringify(details)}` };
  }),

  check("L8", "the text of an unknown error stays at home", "secret", async ({ client }) => {
    const { code, details = "" } = await within(ask(client), { code: "hangs" });
    if (code === "hangs") return { held: false, figure: "hangs" };
    return { held: !details.includes("hunter2"), figure: short(`${code}: ${details}`) };
  }),

  check("L8", "half an emoji in the details is survived", "surrogate", async ({ client, server }) => {
    const { code } = await within(ask(client), { code: "hangs" });
    const ended = await within(
      server.exited.then(() => true),
      false,
      300,
    );
    if (ended) return { held: false, figure: "the process ended" };
    return { held: code === 5, figure: said(code) };
  }),

  check("L8", "an error with code 0 does not end a stream well", "codeOfZero", async ({ client }) => {
    const { status } = down(client);
    const { code } = await within(status, { code: "hangs" });
    return { held: code > 0, figure: code === 0 ? "OK" : said(code) };
  }),

  check("L9", "an async handler that throws ends its call", "rejecting", async ({ client, server }) => {
    const { code } = await within(ask(client), { code: "hangs" });
    const ended = await within(
      server.exited.then(() => true),
      false,
      300,
    );
    if (ended) return { held: false, figure: "the process ended" };
    return { held: code !== "hangs", figure: said(code) };
  }),

  check("L9", "a source that fails after three ends its call", "failing", async ({ client }) => {
    const { sequences, status } = down(client);
    const { code } = await within(status, { code: "hangs" });
    return {
      held: sequences.length === 3 && code > 0,
      figure: `${sequences.length}, then ${said(code)}`,
    };
  }),

  check("L11", "a cancelled upload is not taken for a whole one", "counting", async ({ client, server }) =>
    cutUploads(server, async () => {
      const call = client.up(() => {});
      for (let sequence = 0; sequence < 3; sequence += 1) call.write({ ...item, sequence });
      return () => call.cancel();
    }),
  ),

  check("L11", "an upload whose connection breaks is not taken for whole", "counting", async ({ server, port }) =>
    cutUploads(server, async () => {
      const session = connectHttp2(`http://127.0.0.1:${port}`);
      session.on("error", () => {});
      const stream = session.request({
        ":method": "POST",
        ":path": BenchService.up.path,
        te: "trailers",
        "content-type": "application/grpc+proto",
      });
      stream.on("error", () => {});
      for (let sequence = 0; sequence < 3; sequence += 1) stream.write(frame(Item, { ...item, sequence }));
      return () => session.destroy();
    }),
  ),

  check("L15", "a handler that returns nothing ends its call with an error", "nothing", async ({ client }) => {
    const { code } = await within(ask(client), { code: "hangs" });
    return { held: code > 0, figure: code === 0 ? "an empty answer" : said(code) };
  }),

  check("L21", "what is changed after it was given goes out unchanged", "mutating", async ({ client }) => {
    const { sequences, status } = down(client);
    await within(status, undefined);
    return {
      held: sequences.every((sequence, index) => sequence === index) && sequences.length === 10,
      figure: sequences.length === 0 ? "hangs" : sequences.join(""),
    };
  }),
];

/** Cuts twenty uploads, one after the other, when three items have been received of each. */
async function cutUploads(server, begin) {
  const outcomes = [];
  const uploads = 20;
  for (let upload = 0; upload < uploads; upload += 1) {
    const cut = await begin();
    for (let received = 0; received < 3; received += 1) {
      if ((await within(server.next("received"), undefined)) === undefined) throw new Verdict(false, "reads nothing");
    }
    cut();
    // A handler that is not told of the end at all makes no false report either.
    await within(
      server.next("over").then((outcome) => outcomes.push(outcome)),
      undefined,
      150,
    );
  }
  const whole = outcomes.filter((outcome) => outcome === "complete").length;
  return { held: whole === 0, figure: `${whole} of ${uploads} "whole"` };
}
