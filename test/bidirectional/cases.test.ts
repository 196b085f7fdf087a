import { expect } from "chai";
import { failWhenFull, implement, streamingChannelOptions } from "quartet-bridge";
import type { RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { lineOf, proveOneOrder } from "../../src/bidirectional/cases/chat.js";
import { chat } from "../../src/bidirectional/chat/chat.js";
import { cases } from "../../src/bidirectional/client.js";
import { type HostedService, host } from "../../src/host/index.js";
import { caseContext } from "../case-context.js";

/** How a case ends against these services: undefined, or the error's message. */
async function outcome(name: string, ...services: HostedService[]): Promise<string | undefined> {
  // Without these options grpc-js takes a megabyte of a sender that never stops, and copies it for each message.
  const { client } = await loopback(host(services), streamingChannelOptions);
  try {
    await cases[name]?.(caseContext(client));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("the cases of the bidirectional client", () => {
  it("ping-pong fails if the rally skips a stroke", async () => {
    const skipping = implement(DialogueService, {
      async *pingPong(balls) {
        for await (const { stroke } of balls) yield { stroke: stroke + 3 };
      },
      collectThenReply: () => [],
    });
    expect(await outcome("ping-pong", skipping)).to.match(/^no lockstep: 1 4/);
  });

  it("collect-then-reply fails if nothing is collected", async () => {
    const hasty = implement(DialogueService, {
      pingPong: () => [],
      async *collectThenReply(lines) {
        yield { line: 1, text: "before anything was said" };
        for await (const _ of lines);
      },
    });
    expect(await outcome("collect-then-reply", hasty)).to.match(
      /^the server has replied before the half-close|where 3 was due$/,
    );
  });

  it("full-duplex fails if an echo is missing", async () => {
    const forgetful = implement(BidirectionalService, {
      async *getServerResponse(messages) {
        for await (const { message } of messages) if (message !== "7") yield { message };
      },
    });
    expect(await outcome("full-duplex", forgetful)).to.equal("echo 7 is '8'");
  });

  it("refusal fails if nothing is refused", async () => {
    const patient = implement(DialogueService, {
      pingPong: () => [],
      async *collectThenReply(lines) {
        let taken = 0;
        for await (const _ of lines) if (++taken > 1_000) return;
        yield { line: 0, text: "" };
      },
    });
    expect(await outcome("refusal", patient)).to.match(/the call went well/);
  });

  it("stalled-member fails if a member that stopped reading is never dropped", async () => {
    const patient = chat(new AbortController().signal, { outbox: failWhenFull({ messages: 10_000 }) });
    expect(await outcome("stalled-member", patient)).to.equal("all is said, and no member was dropped");
  });

  it("chat fails if one member has heard another order than the others, or if an event is missing", () => {
    const event = (sequence: number, text: string): RoomEvent => ({
      sequence,
      occurredAt: undefined,
      what: { $case: "said", said: { name: "ada", text } },
    });
    const all = Array.from({ length: 10 }, (_, index) => event(index + 1, `text ${index + 1}`));
    const lines = all.map(lineOf);
    expect(() => proveOneOrder(lines, [all, all.slice(1, 9)])).to.not.throw();
    const swapped = all.with(4, event(5, "text 6")).with(5, event(6, "text 5"));
    expect(() => proveOneOrder(lines, [all, swapped])).to.throw("where another has heard");
    expect(() => proveOneOrder(lines, [all, all.toSpliced(4, 1)])).to.throw("where another has heard");
    expect(() => proveOneOrder(lines, [all, []])).to.throw("where another has heard");
    expect(() => proveOneOrder(lines.slice(1), [all])).to.throw("9 events for 10 steps");
  });
});
