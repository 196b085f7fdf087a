import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { BrokenPromise } from "../../bench/soak/checking/broken-promise.js";
import { Checker } from "../../bench/soak/checking/checker.js";
import { judge, leftOf } from "../../bench/soak/outcome.js";
import type { CallEnd, Coming, Gauges } from "../../bench/soak/protocol.js";

/** A checker with ada and grace in a room with three events. The test says what each of them hears. */
function room() {
  const checker = new Checker();
  const comes = (name: string, coming: Partial<Coming> = {}) =>
    checker.comes({ name, room: "tea", history: 9, frail: false, ...coming });
  const enters = (name: string, sequence: number, epoch = "e") =>
    checker.take({ is: "entered", name, cursor: { epoch, sequence } });
  const hears = (name: string, sequence: number, digest: string) =>
    checker.take({ is: "heard", name, events: [[sequence, digest, null]] });
  const isTold = (name: string, id: string, sequence: number, digest?: string) =>
    checker.take({ is: "acknowledged", name, id, sequence, ...(digest === undefined ? {} : { digest }) });
  const ends = (name: string, code: status, end: Partial<CallEnd> = {}) =>
    checker.take({ is: "ended", name, code, details: "", unacknowledged: 0, ...end });

  comes("ada");
  enters("ada", 1);
  comes("grace");
  enters("grace", 2);
  for (const name of ["ada", "grace"]) {
    hears(name, 1, "joined ada");
    hears(name, 2, "joined grace");
    hears(name, 3, "said ada/1 aaaa");
  }
  return { checker, comes, enters, hears, isTold, ends };
}

function breaks(act: () => void, line: string): void {
  expect(act).to.throw(BrokenPromise, line);
}

describe("the soak's checker", () => {
  it("accepts what the chat promises: the same events, each once, in order, for all members", () => {
    const { checker, hears, isTold } = room();
    isTold("ada", "ada/1", 3, "said ada/1 aaaa");
    hears("grace", 4, "said grace/1 bbbb");
    hears("ada", 4, "said grace/1 bbbb");
    expect(checker.lag("ada")).to.equal(0);
    expect(checker.unheard).to.equal(undefined);
  });

  const wrong: Readonly<Record<string, [name: string, sequence: number, digest: string, line: string]>> = {
    "an event that was heard twice": ["ada", 3, "said ada/1 aaaa", "ada has heard event 3 again, after 3"],
    "an event that was missed": ["ada", 5, "said ada/2 bbbb", "ada has missed event 4: it heard 5 after 3"],
    "a message under two numbers": ["ada", 4, "said ada/1 aaaa", "message ada/1 has been delivered twice"],
    "a leaving of a member that was to stay": ["ada", 4, "left grace LOST", "grace has left, LOST: it was to stay"],
    "a member that enters twice": ["ada", 4, "joined grace", "grace has come in twice"],
    "a leaving of a member that was not in": ["ada", 4, "left linus QUIT", "linus has left without being in"],
  };
  for (const [what, [name, sequence, digest, line]] of Object.entries(wrong)) {
    it(`finds ${what}`, () => breaks(() => room().hears(name, sequence, digest), line));
  }

  it("finds events in another order, and a text that has changed", () => {
    const { hears } = room();
    hears("ada", 4, "said ada/2 bbbb");
    hears("ada", 5, "said grace/1 cccc");
    breaks(() => hears("grace", 4, "said grace/1 cccc"), "event 4 is 'said ada/2 bbbb' for one member");
    const changed = room();
    changed.hears("ada", 4, "said ada/2 bbbb");
    breaks(() => changed.hears("grace", 4, "said ada/2 cccc"), "for another");
  });

  it("finds messages of one member in an order in which it did not say them", () => {
    const { hears } = room();
    hears("ada", 4, "said ada/3 cccc");
    breaks(() => hears("ada", 5, "said ada/2 bbbb"), "message ada/2 has become event 5, after ada/3");
  });

  it("finds a number that two messages have, in either order of hearing and acknowledgement", () => {
    const first = room();
    breaks(() => first.isTold("ada", "ada/2", 3, "said ada/2 bbbb"), "number 3 was given to 'said ada/2 bbbb'");
    const second = room();
    second.isTold("ada", "ada/2", 4, "said ada/2 bbbb");
    breaks(() => second.hears("grace", 4, "said grace/1 cccc"), "number 4 was given to 'said ada/2 bbbb'");
  });

  it("finds a message that was accepted and that no member has heard", () => {
    const { checker, isTold } = room();
    isTold("ada", "ada/2", 4, "said ada/2 bbbb");
    expect(checker.lag("grace")).to.equal(1);
    expect(checker.unheard).to.contain("event 4");
  });

  it("finds an acknowledgement of a message that did not wait for one", () => {
    breaks(() => room().isTold("ada", "ada/1", 3), "message ada/1 was acknowledged, and did not wait for it");
  });

  it("finds an ended call of a member that was to stay", () => {
    breaks(() => room().ends("ada", status.UNAVAILABLE), "the call of ada has ended UNAVAILABLE, '': it was to stay");
  });

  it("finds a leaving for another reason than expected", () => {
    const { checker, hears } = room();
    checker.mayGo("grace", [status.OK], ["QUIT"]);
    breaks(() => hears("ada", 4, "left grace LOST"), "it could only be QUIT");
  });

  it("finds a last message that was not acknowledged", () => {
    const { checker, ends } = room();
    checker.mayGo("grace", [status.OK], ["QUIT"]);
    breaks(() => ends("grace", status.OK, { unacknowledged: 1 }), "1 of its messages were not acknowledged");
  });

  it("expects that a member resumes exactly where it was", () => {
    const { checker, comes, enters, hears, ends } = room();
    checker.mayGo("grace", [status.UNAVAILABLE], ["LOST"]);
    ends("grace", status.UNAVAILABLE);
    const resumeAfter = checker.position("grace");
    expect(resumeAfter).to.deep.equal({ epoch: "e", sequence: 3 });
    comes("grace", resumeAfter ? { resumeAfter } : {});
    breaks(() => hears("grace", 4, "left grace LOST"), "before its welcome");
    enters("grace", 5);
    breaks(() => hears("grace", 5, "joined grace"), "grace has missed event 4");
    breaks(() => hears("grace", 3, "said ada/1 aaaa"), "grace has heard event 3 again");
    hears("grace", 4, "left grace LOST");
    hears("grace", 5, "joined grace");
    expect(checker.tally.resumed).to.equal(1);
  });

  it("lets a position be forgotten only if the server does not remember it", () => {
    const refused = (oldest: string, reason = "POSITION_FORGOTTEN") => {
      const { checker, comes, ends } = room();
      checker.mayGo("grace", [status.UNAVAILABLE], ["LOST"]);
      ends("grace", status.UNAVAILABLE);
      comes("grace", { resumeAfter: { epoch: "e", sequence: 3 } });
      ends("grace", status.OUT_OF_RANGE, { reason, remembered: { epoch: "e", oldest, newest: "9" } });
      return checker;
    };
    expect(refused("5").position("grace")).to.equal(undefined);
    breaks(() => refused("4"), "though the server remembers 4 to 9");
    breaks(() => refused("", "EPOCH_ENDED"), "with ada in the room");
  });
});

describe("the soak's readings", () => {
  const none: Gauges = { heap: 1, external: 1, resident: 1, openCalls: 0, listeners: { exit: 1 }, handles: { Tcp: 1 } };

  it("tell what is left of members that have left", () => {
    expect(leftOf(none, none)).to.equal(undefined);
    expect(leftOf(none, { ...none, openCalls: 2 })).to.contain("2 calls are open");
    expect(leftOf(none, { ...none, listeners: { exit: 2 } })).to.contain("exit 1 and 2");
    expect(leftOf(none, { ...none, handles: { Tcp: 1, Timeout: 1 } })).to.contain("Timeout 0 and 1");
  });

  it("are compared: heap, listeners, and what is left after the drain", () => {
    const busy: Gauges = { ...none, heap: 100, openCalls: 9, listeners: { exit: 1, draining: 1 } };
    const down: Gauges = { ...none, listeners: { draining: 0, "stalled-peer": 0 } };
    const kept = { before: none, first: busy, last: { ...busy, heap: 110 }, after: none, down };
    judge(kept, 1.1);
    const grown = { ...kept, last: { ...busy, heap: 111 } };
    breaks(() => judge(grown, 1.1), "the heap at the end is 1.110 times that of the first reading");
    judge(grown, undefined);
    const more = { ...kept, last: { ...busy, listeners: { exit: 1, draining: 2 } } };
    breaks(() => judge(more, 1.1), "draining 1 and 2");
    breaks(() => judge({ ...kept, after: { ...none, handles: {} } }, 1.1), "Tcp 1 and 0");
    breaks(() => judge({ ...kept, down: { ...down, openCalls: 1 } }, 1.1), "1 calls are open after the drain");
    const listening = { ...down, listeners: { draining: 0, "stalled-peer": 1 } };
    breaks(() => judge({ ...kept, down: listening }, 1.1), "there is a listener: stalled-peer");
  });
});
