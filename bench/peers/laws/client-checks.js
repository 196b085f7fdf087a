// The laws of a client: the library calls, and a server that records what arrives answers.
import { atRest, happens, startSide, within } from "./process.js";
import { startWitness } from "./witness.js";

/** The most milliseconds for steps about which the law says nothing. */
const setupMs = 20_000;

/** For each: the law, its title, what the library does (scenarios.js), the server (witness.js), the judge. */
export const clientChecks = [
  ["L1", "a call without a reader has not begun", "cold", "silent", hasNotBegun],
  ["L2", "leaving the loop ends the call", "leave", "endless", isCancelled],
  ["L2", "a cancel in the creating turn leaves no handler", "cancelAtOnce", "silent", isNoHandlerLeft],
  ["L4", "a stalled loop holds the server back", "stalled", "endless", isHeldBack],
  ["L4", "so does a call without a reader", "unread", "endless", isHeldBack],
  ["L10", "all 60 messages before an error are received", "flowing", "failing", receivesAtLeast(60)],
  // 16 messages are in the Readable, and the loop works on one.
  ["L10", "a slow loop gets at least the messages that it holds", "paced", "failing", receivesAtLeast(17)],
  ["L12", "a server that ends first finalizes the client's source", "uploadEndless", "refusing", isFinalized],
  ["L12", "and the caller gets its status", "uploadEndless", "refusing", isTold(8, "hangs")],
  ["L13", "a source that fails cancels its upload", "uploadFails", "taking", isUploadCancelled],
  ["L13", "and its error is the outcome", "uploadFails", "taking", isToldTheOwnError],
  ["L14", "a deadline is code 4", "deadline", "silent", isTold(4, "no error")],
  ["L14", "and leaves no timer, so the process ends", "deadline", "silent", ends],
  ["L15", "no answer with OK is an error", "asking", "no answer", isRefused],
  ["L15", "two answers to one request are an error", "asking", "two answers", isRefused],
  ["L16", "trailers of a call that fails at once", "asking", "trailers", seesTrailers],
  ["L17", "3,000 calls leave nothing in memory", "leaks", "three", leavesNothing],
].map(([law, title, scenario, server, judge]) => ({
  law,
  title,
  async run(column) {
    const { seen, port, close } = await startWitness(server);
    const client = startSide(column, "client", scenario, port);
    try {
      // The time to load a library must not count.
      await within(client.next("ready"), undefined, setupMs);
      return await judge({
        client,
        seen,
        done: (milliseconds) => within(client.next("done"), undefined, milliseconds),
      });
    } finally {
      await client.stop();
      close();
    }
  },
}));

async function hasNotBegun({ seen, done }) {
  await done(setupMs);
  return seen.begun === 0 ? { held: true, figure: "not begun" } : { held: false, figure: "begun at once" };
}

async function isCancelled({ seen, done }) {
  await done();
  const held = await happens(seen.cancelled);
  return { held, figure: held ? "cancelled" : "continues" };
}

async function isNoHandlerLeft({ seen, done }) {
  await done(setupMs);
  if (seen.begun === 0) return { held: true, figure: "never begun" };
  const held = await happens(seen.cancelled);
  return { held, figure: held ? "cancelled" : "continues" };
}

async function isHeldBack({ seen, done }) {
  await done(setupMs);
  const resting = atRest(async () => seen.written);
  const count = await within(resting, undefined);
  if (count === undefined) return { held: false, figure: `${seen.written} and more` };
  return { held: count < 400, figure: count === 0 ? "not begun" : `${count} ahead` };
}

function receivesAtLeast(least) {
  return async ({ done }) => {
    const { count, error } = (await done(setupMs)) ?? {};
    return { held: count >= least && error?.code === 15, figure: `${count}, code ${error?.code}` };
  };
}

async function isFinalized({ client }) {
  const held = await happens(client.next("finalized"));
  return { held, figure: held ? "finalized" : "continues" };
}

function isTold(expected, otherwise) {
  return async ({ done }) => {
    const code = (await done())?.error?.code;
    return { held: code === expected, figure: code === undefined ? otherwise : `code ${code}` };
  };
}

async function isUploadCancelled({ client, seen }) {
  const [fate] = await within(seen.uploaded, ["the server waits"]);
  // The end of a process cancels its calls too.
  if (await happens(client.exited, 300)) return { held: false, figure: "the process ended" };
  return { held: fate === "cancelled", figure: fate };
}

async function isToldTheOwnError({ done }) {
  const details = (await done())?.error?.details;
  return { held: details === "the disk is gone", figure: details ? `"${details.slice(0, 20)}"` : "hangs" };
}

async function ends({ client, done }) {
  await done(setupMs);
  client.leave();
  const held = await within(
    client.exited.then((code) => code === 0),
    false,
  );
  return { held, figure: held ? "ends" : "stays" };
}

async function isRefused({ done }) {
  const told = await done();
  if (told === undefined) return { held: false, figure: "hangs" };
  const { error, value } = told;
  if (error?.code > 0) return { held: true, figure: `code ${error.code}` };
  return { held: false, figure: value?.sequence ? `takes no. ${value.sequence}` : "accepted" };
}

async function seesTrailers({ done }) {
  const held = (await done(setupMs))?.error?.trailer === "closed";
  return { held, figure: held ? "seen" : "not seen" };
}

async function leavesNothing({ done }) {
  const { before, after } = (await done(setupMs))?.value ?? {};
  if (before === undefined) return { held: false, figure: "hangs" };
  return { held: after < before * 1.1, figure: `${((after / before - 1) * 100).toFixed(0)} % heap` };
}
