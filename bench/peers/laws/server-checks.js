// The laws of a server: the library serves, and a client of bare grpc-js calls and records what arrives.
import { connect as connectHttp2 } from "node:http2";
import { credentials, Metadata, makeGenericClientConstructor } from "@grpc/grpc-js";
import { frame, requestHeaders } from "../../../dist/bench/implementations/framing.js";
import { BenchService } from "../../../dist/src/gen/quartet/bench/v1/bench.js";
import { atRest, happens, startSide, Verdict, within } from "./process.js";

const Client = makeGenericClientConstructor(BenchService, "Bench");
const item = { sequence: 0, payload: Buffer.alloc(34) };

/** For each: the law, its title, what the library serves (scenarios.js), the judge. */
export const serverChecks = [
  ["L3", "a cancel reaches a source that sends", "ticking", isFinalizedByCancel],
  ["L3", "a cancel reaches a source that waits for room", "many", isFinalizedByCancelWhileWaiting],
  ["L14", "the client's deadline reaches the source", "ticking", isFinalizedByDeadline],
  ["L5", "a stalled reader holds back a source that is pulled", "many", isHeldBack],
  ["L6", "a stalled reader of a pushed source costs a bounded queue", "pushing", isBounded],
  ["L7", "20,000 messages arrive once and in order", "ordered", isInOrder],
  ["L8", "a status arrives as it was meant", "status", isStatusAsMeant],
  ["L8", "the text of an unknown error is not sent", "secret", isSecretKept],
  ["L8", "half an emoji in the details does no harm", "surrogate", isAnswered((code) => code === 5)],
  ["L8", "an error with code 0 does not end a stream well", "codeOfZero", isStreamFailed],
  ["L9", "an async handler that throws ends its call", "rejecting", isAnswered((code) => code !== "hangs")],
  ["L9", "a source that fails after three ends its call", "failing", isFailedAfterThree],
  ["L11", "a cancelled upload does not count as complete", "counting", isNeverWhole(uploadToCancel)],
  ["L11", "an upload whose connection breaks is not complete", "counting", isNeverWhole(uploadToBreak)],
  ["L15", "a handler that returns nothing ends its call with an error", "nothing", isAnsweredWithError],
  ["L21", "a later change of a message is not sent", "mutating", isUnchanged],
].map(([law, title, scenario, judge]) => ({
  law,
  title,
  async run(column) {
    const server = startSide(column, "server", scenario);
    const port = await within(server.next("listening"), undefined, 20_000);
    if (port === undefined) throw new Error(`${column} does not serve: ${server.complaint()}`);
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    try {
      return await judge({ client, server, port });
    } finally {
      client.close();
      await server.stop();
    }
  },
}));

/** Calls Down. Returns the call, the received messages, and a promise of the status. */
function down({ client }, options = {}) {
  const call = client.down({ count: 0, payloadBytes: 0 }, new Metadata(), options);
  const seen = { call, sequences: [] };
  call.on("error", () => {});
  call.on("data", ({ sequence }) => seen.sequences.push(sequence));
  seen.status = new Promise((resolve) => call.on("status", resolve));
  return seen;
}

/** Calls Down, and resolves with the call when its first message has arrived. */
async function begun(check) {
  const { call } = down(check);
  if (!(await happens(new Promise((resolve) => call.once("data", resolve)))))
    throw new Verdict(false, "no message arrives");
  return call;
}

/** A reader takes only one item. Resolves when the source gives no more. */
async function stall(check, of) {
  const { server } = check;
  const before = await server.state();
  const call = await begun(check);
  call.pause();
  const count = await atRest(async () => (await server.state())[of] ?? 0);
  const { bytes } = await server.state();
  return { call, count, grown: bytes - before.bytes };
}

const silence = { code: "hangs", details: "" };
const statusOf = ({ status }) => within(status, silence);

/** The status of a unary call. */
function ask({ client }) {
  const answered = new Promise((resolve) => {
    client.ask(item, (error) => resolve(error ?? { code: 0, details: "" }));
  });
  return within(answered, silence);
}

const said = (code) => (code === "hangs" ? code : `code ${code}`);
const short = (text) => (text.length > 24 ? `${text.slice(0, 23)}…` : text);
const megabytes = (bytes) => `${Math.max(0, bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
const isOrdered = (sequences) => sequences.every((sequence, index) => sequence === index);

async function isFinalized({ server }, otherwise = "continues") {
  const held = await happens(server.next("finalized"));
  return { held, figure: held ? "finalized" : otherwise };
}

async function isFinalizedByCancel(check) {
  (await begun(check)).cancel();
  return isFinalized(check);
}

async function isFinalizedByCancelWhileWaiting(check) {
  const { call, count } = await stall(check, "pulled");
  if (count === 60_000) return { figure: "never waits" };
  call.cancel();
  return isFinalized(check, "never");
}

function isFinalizedByDeadline(check) {
  down(check, { deadline: Date.now() + 300 });
  return isFinalized(check);
}

async function isHeldBack(check) {
  const { count, grown } = await stall(check, "pulled");
  return { held: count < 6000, figure: `${count} ahead, ${megabytes(grown)}` };
}

async function isBounded(check) {
  const { count, grown } = await stall(check, "produced");
  return { held: count === 60_000 && grown < 8 * 2 ** 20, figure: megabytes(grown) };
}

async function isInOrder(check) {
  const { call, sequences, status } = down(check);
  // A reader that pauses sometimes, at the same messages in each run.
  call.on("data", ({ sequence }) => {
    if (sequence % 97 !== 0) return;
    call.pause();
    setImmediate(() => setImmediate(() => call.resume()));
  });
  const { code } = await within(status, silence, 20_000);
  return { held: code === 0 && isOrdered(sequences) && sequences.length === 20_000, figure: `${sequences.length}` };
}

async function isStatusAsMeant(check) {
  const { code, details } = await ask(check);
  return { held: code === 5 && details === "100 % gone\nné", figure: `code ${code}, ${JSON.stringify(details)}` };
}

async function isSecretKept(check) {
  const { code, details } = await ask(check);
  if (code === "hangs") return { held: false, figure: "hangs" };
  return { held: !details.includes("hunter2"), figure: short(`${code}: ${details}`) };
}

/** @param holds whether the law holds for this code */
function isAnswered(holds) {
  return async (check) => {
    const { code } = await ask(check);
    if (await happens(check.server.exited, 300)) return { held: false, figure: "the process ended" };
    return { held: holds(code), figure: said(code) };
  };
}

async function isAnsweredWithError(check) {
  const { code } = await ask(check);
  return { held: code > 0, figure: code === 0 ? "an empty answer" : said(code) };
}

async function isStreamFailed(check) {
  const { code } = await statusOf(down(check));
  return { held: code > 0, figure: code === 0 ? "OK" : said(code) };
}

async function isFailedAfterThree(check) {
  const seen = down(check);
  const { code } = await statusOf(seen);
  const { length } = seen.sequences;
  return { held: length === 3 && code > 0, figure: `${length}, then ${said(code)}` };
}

async function isUnchanged(check) {
  const seen = down(check);
  await statusOf(seen);
  const { sequences } = seen;
  return { held: isOrdered(sequences) && sequences.length === 10, figure: sequences.join("") || "hangs" };
}

/** An upload of three items. The returned function cancels it. */
function uploadToCancel({ client }) {
  const call = client.up(() => {});
  for (let sequence = 0; sequence < 3; sequence += 1) call.write({ ...item, sequence });
  return () => call.cancel();
}

/** An upload of three items. The returned function breaks its connection. */
function uploadToBreak({ port }) {
  const { requestSerialize } = BenchService.up;
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  const stream = session.request(requestHeaders(BenchService.up));
  stream.on("error", () => {});
  for (let sequence = 0; sequence < 3; sequence += 1) stream.write(frame(requestSerialize({ ...item, sequence })));
  return () => session.destroy();
}

/** Cuts twenty uploads, one after the other, each when three of its items have been received. */
function isNeverWhole(begin) {
  return async (check) => {
    const { server } = check;
    const outcomes = [];
    const uploads = 20;
    for (let upload = 0; upload < uploads; upload += 1) {
      const cut = begin(check);
      for (let received = 0; received < 3; received += 1)
        if (!(await happens(server.next("received")))) throw new Verdict(false, "reads nothing");
      cut();
      // A handler that is never told of the end makes no false report either.
      const over = server.next("over").then((outcome) => outcomes.push(outcome));
      await within(over, undefined, 150);
    }
    const whole = outcomes.filter((outcome) => outcome === "complete").length;
    return { held: whole === 0, figure: `${whole} of ${uploads} "whole"` };
  };
}
