import type { ServerWritableStream } from "@grpc/grpc-js";
import { expect } from "chai";
import { Instrument, type Reading, StationService, type WatchRequest } from "#gen/quartet/workshop/v1/workshop.js";
import { check, mine, mistake, type Rehearsal } from "#harness";

const { readings } = await mine<typeof import("./solution.js")>();

const instrument = Instrument.THERMOMETER;

/** A display in the control room. */
interface Listener {
  readonly name: string;
  /** The numbers of the readings that it has shown. */
  readonly got: readonly number[];
  leave(): void;
}

/**
 * The listeners of the check before this one: their station stops without a status, and that error does not concern
 * this check.
 */
const previous = new Set<() => void>();

/** A station that measures when the check says so, and listeners that come and go. */
async function room(stage: Rehearsal) {
  for (const leave of previous) leave();
  previous.clear();
  const calls: ServerWritableStream<WatchRequest, Reading>[] = [];
  const open = new Set<ServerWritableStream<WatchRequest, Reading>>();
  await stage.serve({
    definition: StationService,
    implementation: {
      watch(call: ServerWritableStream<WatchRequest, Reading>) {
        calls.push(call);
        if (calls.length > 1) stage.note(calls[0], `call ${calls.length}`);
        open.add(call);
        call.once("cancelled", () => open.delete(call));
      },
    },
  });
  const reading$ = readings(stage.station(), { instrument, count: 0, resumeAfter: 0 });
  let sequence = 0;
  /** The name of a listener that got a reading which was never taken. */
  let unmeasured: string | undefined;

  const say = (text: string) => stage.note(calls[0], text, "client");
  return {
    calls,
    open,
    /** Each listener comes when all effects of the one before it are over. */
    async listen(name: string, { noted = false } = {}): Promise<Listener> {
      say(`${name} comes`);
      const got: number[] = [];
      const subscription = reading$.subscribe({
        next(reading) {
          const sequence = reading?.sequence ?? 0;
          if (sequence === 0) unmeasured ??= name;
          if (unmeasured !== undefined) stage.fact("unmeasured", unmeasured);
          got.push(sequence);
          if (noted) say(`${name} sees #${sequence}`);
        },
        error: () => {},
      });
      previous.add(() => subscription.unsubscribe());
      await stage.fence();
      const leave = () => {
        say(`${name} leaves`);
        subscription.unsubscribe();
      };
      return { name, got, leave };
    },
    /** The station takes a reading, and sends it on every open call. */
    async measure(): Promise<void> {
      sequence += 1;
      for (const call of open) call.write({ station: "hill", sequence, instrument, value: 20 + sequence });
      await stage.fence();
    },
  };
}

check("every-reading", async (stage) => {
  const { listen, measure } = await room(stage);
  const listeners = [await listen("A"), await listen("B"), await listen("C")];
  await measure();
  await measure();
  for (const { name, got } of listeners) expect(got, `what listener ${name} got`).to.deep.equal([1, 2]);
});

check("one-call", async (stage) => {
  const { listen, measure, calls } = await room(stage);
  const listeners = [await listen("A"), await listen("B"), await listen("C")];
  await measure();
  stage.fact("listeners", listeners.length);
  stage.fact("calls", calls.length);
  if (calls.length !== 1) throw new Error(`${calls.length} calls for ${listeners.length} listeners`);
});

check("latecomer", async (stage) => {
  const { listen, measure } = await room(stage);
  await listen("A");
  await measure();
  await measure();
  const late = await listen("B", { noted: true });
  const told = [...late.got];
  await measure();
  stage.fact("newest", 2);
  stage.fact("told", told.length === 0 ? "nothing" : told.map((sequence) => `#${sequence}`).join(" and "));
  stage.fact("howMany", told.length);
  expect(told, "what listener B got at once").to.deep.equal([2]);
  expect(late.got, "what listener B got").to.deep.equal([2, 3]);
});

check("others-stay", async (stage) => {
  const { listen, measure, open } = await room(stage);
  const first = await listen("A");
  const second = await listen("B");
  await measure();
  first.leave();
  await stage.settled();
  stage.fact("openAfterOne", open.size);
  await measure();
  stage.fact("stayed", second.got.length);
  expect(second.got, "what listener B got").to.deep.equal([1, 2]);
});

check("hangs-up", async (stage) => {
  const { listen, measure, open } = await room(stage);
  const listeners = [await listen("A"), await listen("B")];
  await measure();
  for (const listener of listeners) {
    listener.leave();
    await stage.settled();
  }
  const left = open.size;
  await measure();
  await measure();
  stage.fact("listeners", listeners.length);
  stage.fact("openAfterAll", left);
  stage.fact("unheard", left > 0 ? 2 : 0);
  if (left > 0) throw new Error("all listeners left, and the call is still open");
});

check("again", async (stage) => {
  const { listen, measure, calls } = await room(stage);
  const first = await listen("A");
  await measure();
  first.leave();
  await stage.settled();
  await measure();
  const second = await listen("B", { noted: true });
  const told = [...second.got];
  await measure();
  stage.fact("callsAgain", calls.length);
  if (told.length > 0) {
    stage.fact("stale", told[0] ?? 0);
    throw new Error(`listener B got reading ${told[0]}, of the call that is over`);
  }
  expect(second.got, "what listener B got").to.deep.equal([3]);
});

mistake("never-measured", ({ facts }) => facts.unmeasured !== undefined && {});
mistake("a-call-each", ({ facts }) => Number(facts.calls) > 1 && {});
mistake("late-and-blank", ({ facts }) => facts.howMany === 0 && {});
mistake("all-the-past", ({ facts }) => Number(facts.howMany) > 1 && {});
mistake("first-leaver-hangs-up", ({ facts }) => facts.openAfterOne === 0 && {});
mistake("still-open", ({ facts }) => Number(facts.openAfterAll) > 0 && {});
mistake("old-reading", ({ facts }) => facts.stale !== undefined && {});
mistake("never-again", ({ check: id, facts }) => id === "again" && facts.callsAgain === 1 && {});
