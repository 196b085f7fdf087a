import { expect } from "chai";
import { check, type Evidence, gate, mistake, type Rehearsal } from "#harness";
import { bound, opened } from "./scene.js";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/**
 * The result of `promise` if it settles within 50 turns of the event loop, and `otherwise` if not. There are no fences
 * when the server is down. But all sides are in this process, so each effect arrives within a few turns.
 */
async function soon<T, O>(stage: Rehearsal, promise: Promise<T>, otherwise: O): Promise<T | O> {
  let result: T | O = otherwise;
  let settled = false;
  promise.then((value) => {
    result = value;
    settled = true;
  });
  for (let turn = 0; turn < 50 && !settled; turn += 1) {
    // This note shows progress, so that the run does not count as silent.
    stage.note(undefined, "");
    await new Promise((resolve) => setImmediate(resolve));
  }
  return result;
}

check("everyone", async (stage) => {
  const { listener, publish } = await opened(stage);
  const a = await listener();
  const b = await listener();
  await publish(2);
  b.leave();
  await stage.settled();
  await publish(1);
  expect(a.got, "what listener A got").to.deep.equal([1, 2, 3]);
  expect(b.got, "what listener B got, which left").to.deep.equal([1, 2]);
});

check("no-waiting", async (stage) => {
  const { listener, slowListener, publish } = await opened(stage);
  const count = 4;
  const a = await listener();
  await slowListener();
  await publish(count);
  expect(a.got, "what listener A got").to.deep.equal(upTo(count));
});

check("catches-up", async (stage) => {
  const { listener, slowListener, publish, say } = await opened(stage);
  const count = 4;
  await listener();
  const b = await slowListener();
  await publish(count);
  say("B reads again");
  b.readAgain();
  await stage.settled();
  stage.fact("waited", count);
  stage.fact("caughtUp", b.got.length);
  stage.fact("bound", bound);
  if (b.told !== undefined) stage.fact("earlyEnd", b.told);
  say(`B has got ${b.got.length} of ${count}`);
  if (b.told !== undefined) say(`B: ${b.told}`);
  expect(b.got, "what listener B got").to.deep.equal(upTo(count));
  expect(b.told, "the status of listener B").to.equal(undefined);
});

check("bounded", async (stage) => {
  const { listener, slowListener, publish, peak, say } = await opened(stage);
  const count = 2 * bound;
  const a = await listener();
  const b = await slowListener();
  const c = await listener();
  await publish(count, 8);
  say("B reads again");
  b.readAgain();
  await stage.settled();
  stage.fact("bound", bound);
  stage.fact("tooMany", count);
  stage.fact("kept", b.got.length);
  stage.fact("told", b.told ?? "no status");
  say(`B: ${b.told ?? "no status"}`);
  stage.fact("missed", count - c.got.length);
  expect(a.got, "what listener A got").to.deep.equal(upTo(count));
  expect(b.told, "the status of listener B").to.equal("RESOURCE_EXHAUSTED");
  expect(c.got, "what listener C got").to.deep.equal(upTo(count));
  if (peak() <= bound) return;
  stage.fact("peak", peak());
  throw new Error(`${peak()} readings waited for listener B`);
});

check("closes", async (stage) => {
  const { close, leftOpen, listener, report, publish, isDestroyed, say } = await opened(stage);
  const a = await listener();
  const { finish, answer } = await report();
  await publish(1);
  say("the room closes");
  const closed = close(new Promise(() => {}));
  const told = await soon(stage, a.end, "no status");
  stage.fact("destroyed", isDestroyed() ? 1 : 0);
  finish();
  const answered = await soon(stage, answer, "no status");
  const after = await soon(stage, closed, "still closing");
  say(`report: ${answered}`);
  say(leftOpen() > 0 ? `${after}, ${leftOpen()} open` : after);
  stage.fact("closeTold", told);
  stage.fact("answer", answered);
  stage.fact("closed", after);
  expect(told, "the status of listener A").to.equal("UNAVAILABLE");
  expect(answered, "how the report ended").to.equal("OK");
  expect(after, "the room").to.equal("closed");
  expect(leftOpen(), "the calls that were open when `close` resolved").to.equal(0);
});

check("grace", async (stage) => {
  const { close, leftOpen, listener, slowListener, publish, say } = await opened(stage);
  const a = await listener();
  await slowListener();
  await publish(1);
  const grace = gate();
  say("the room closes");
  const closed = close(grace.opened);
  expect(await soon(stage, a.end, "no status"), "the status of listener A").to.equal("UNAVAILABLE");
  say("the grace is over");
  grace.open();
  const after = await soon(stage, closed, "still closing");
  say(leftOpen() > 0 ? `${after}, ${leftOpen()} open` : after);
  stage.fact("afterGrace", after);
  expect(after, "the control room after the grace").to.equal("closed");
  expect(leftOpen(), "the calls that were open when `close` resolved").to.equal(0);
});

/** How many readings have arrived at the first listener. */
const arrivedAtA = ({ calls: [call] }: Evidence) =>
  call?.events.filter(({ event }) => event.kind === "response" && event.side === "client").length ?? 0;

mistake("waits-for-the-slow", (evidence) => {
  const { reporting, reported = 0 } = evidence.facts;
  return evidence.silent && Number(reporting) > Number(reported) && { arrived: arrivedAtA(evidence) };
});
mistake("impatient", ({ facts }) => facts.earlyEnd !== undefined && {});
mistake("leaves-out", ({ facts }) => Number(facts.caughtUp) < Number(facts.waited) && {});
mistake("no-bound", ({ facts }) => facts.told === "no status" && facts.kept === facts.tooMany && {});
mistake("throws-at-the-station", ({ facts }) => facts.thrown !== undefined && {});
mistake("writes-after-the-status", ({ facts }) => facts.told === "no status" && facts.afterStatus === 1 && {});
mistake("falls-silent", ({ facts }) => facts.told === "no status" && {});
mistake("not-too-slow", ({ facts }) => facts.told !== undefined && facts.told !== "RESOURCE_EXHAUSTED" && {});
mistake("leaves-the-others-out", ({ facts }) => facts.told === "RESOURCE_EXHAUSTED" && Number(facts.missed) > 0 && {});
mistake("one-too-many", ({ facts }) => facts.peak !== undefined && {});
mistake("cuts-the-report", ({ facts }) => facts.answer !== undefined && facts.answer !== "OK" && {});
mistake("destroys-its-listeners", ({ facts }) => facts.closeTold === "no status" && facts.destroyed === 1 && {});
mistake("listeners-not-told", ({ facts }) => facts.closeTold === "no status" && {});
mistake("told-something-else", ({ facts }) => facts.closeTold !== undefined && facts.closeTold !== "UNAVAILABLE" && {});
mistake("closed-too-soon", ({ facts }) => Number(facts.leftOpen) > 0 && {});
mistake("sits-out-the-grace", ({ facts }) => facts.closed === "still closing" && {});
mistake("never-forces", ({ facts }) => facts.afterGrace === "still closing" && {});
