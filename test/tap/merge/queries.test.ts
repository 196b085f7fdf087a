import { expect } from "chai";
import {
  callsOf,
  eventOf,
  happenedBefore,
  type MergedEvent,
  messages,
  mostOnTheWay,
  statusOf,
} from "../../../src/tap/index.js";
import { bothWays, scriptedCall } from "../scripted-call.js";

describe("the queries of a merged call", () => {
  const given = (event: MergedEvent | undefined) => {
    if (event === undefined) throw new Error("no such event");
    return event;
  };

  it("give its messages, each with both ends", () => {
    const call = scriptedCall("c call\nc request a\nc request b\ns call\ns request a", bothWays);
    expect(
      messages(call, "request").map(({ index, label, sent, received }) => [
        index,
        label,
        sent !== undefined,
        received !== undefined,
      ]),
    ).to.deep.equal([
      [0, "a", true, true],
      [1, "b", true, false],
    ]);
    expect(messages(call, "response")).to.deep.equal([]);
  });

  it("give its status, the client's if both sides have one", () => {
    expect(statusOf(scriptedCall("c call\ns call\ns status 0\nc status 4 too late"))).to.deep.equal({
      code: 4,
      details: "too late",
    });
    expect(statusOf(scriptedCall("s call\ns status 5 none"))).to.deep.equal({ code: 5, details: "none" });
    expect(statusOf(scriptedCall("c call"))).to.equal(undefined);
  });

  it("tell what happened before what, by causes and not by clocks", () => {
    // The server made its note at 1 ms by its clock, long before the client's; but a message says otherwise.
    const call = scriptedCall(
      `@50 c call\n@51 c note early\n@52 c request a\n@53 c note late\n@1 s call\n@2 s request\n@3 s note there`,
      bothWays,
    );
    const [early, late] = call.events
      .filter(({ event }) => event.side === "client" && event.kind === "note")
      .map(given);
    const there = given(eventOf(call, "server", "note"));
    expect(happenedBefore(given(early), there)).to.equal(true);
    expect(happenedBefore(there, given(early))).to.equal(false);
    expect([happenedBefore(given(late), there), happenedBefore(there, given(late))]).to.deep.equal([false, false]);
    expect(happenedBefore(there, there)).to.equal(false);
  });

  it("tell how many messages were on their way at most, with those that never arrived", () => {
    const call = scriptedCall(
      "c call\ns call\ns response\ns response\ns response\nc response\ns response\nc response\nc response\nc response",
      bothWays,
    );
    expect(mostOnTheWay(call, "response")).to.equal(3);
    expect(mostOnTheWay(call, "request")).to.equal(0);
    const cancelled = scriptedCall(
      "c call\ns call\ns response\nc response\ns response\ns response\nc cancel",
      bothWays,
    );
    expect(mostOnTheWay(cancelled, "response")).to.equal(2);
    expect(mostOnTheWay(scriptedCall("s call\ns response"), "response")).to.equal(undefined);
  });

  it("find the calls of a method, by its path or its name", () => {
    const calls = [scriptedCall("c call", { path: "/p.S/Get" }), scriptedCall("c call", { path: "/p.S/Forget" })];
    expect(callsOf(calls, "Get")).to.deep.equal(calls.slice(0, 1));
    expect(callsOf(calls, "/p.S/Forget")).to.deep.equal(calls.slice(1));
  });
});
