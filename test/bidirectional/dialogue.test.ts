import { type Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { untilItEnds } from "../../bridge/test/harness/probe.js";
import { mostBytes, mostLines } from "../../src/bidirectional/dialogue.js";
import { build as buildRaw } from "../../src/bidirectional/raw.js";
import { build } from "../../src/bidirectional/server.js";
import { failure, type Hosting } from "../../src/host/index.js";

async function dialogue(server: Server | Hosting = build()) {
  const { client } = await loopback(server);
  return caller(DialogueService, client);
}

async function all<T>(responses: AsyncIterable<T>): Promise<T[]> {
  const received: T[] = [];
  for await (const response of responses) received.push(response);
  return received;
}

// README.md shows both forms: they keep the same rules.
for (const [form, make] of [
  ["bridged", build],
  ["raw", buildRaw],
] as const) {
  describe(`Dialogue.PingPong, ${form}`, () => {
    it("answers each ball with the next stroke, before the next ball is sent", async () => {
      const answers = (await dialogue(make())).pingPong(serve());
      let answered = gate<number>();
      async function* serve() {
        for (let stroke = 1; stroke <= 7; stroke = (await answered.opened) + 1) {
          answered = gate();
          yield { stroke };
        }
      }
      const strokes: number[] = [];
      for await (const { stroke } of answers) {
        strokes.push(stroke);
        answered.open(stroke);
      }
      expect(strokes).to.deep.equal([2, 4, 6, 8]);
    });

    it("ends OK without a ball", async () => {
      expect(await all((await dialogue(make())).pingPong([]))).to.deep.equal([]);
    });

    it("answers the stroke before the largest, and refuses the largest with OUT_OF_RANGE", async () => {
      const balls = [{ stroke: 4_294_967_294 }, { stroke: 4_294_967_295 }, { stroke: 1 }];
      const { messages, error } = await untilItEnds((await dialogue(make())).pingPong(balls));
      expect(messages).to.deep.equal([{ stroke: 4_294_967_295 }]);
      expect(error?.code).to.equal(status.OUT_OF_RANGE);
    });
  });
}

describe("Dialogue.CollectThenReply", () => {
  it("gives the lines back with the last one first, empty ones too", async () => {
    const lines = ["first", "", "third \u{1F9C3}"].map((text) => ({ text }));
    expect(await all((await dialogue()).collectThenReply(lines))).to.deep.equal([
      { line: 3, text: "third \u{1F9C3}" },
      { line: 2, text: "" },
      { line: 1, text: "first" },
    ]);
  });

  it("sends nothing before the half-close", async () => {
    const { pingPong, collectThenReply } = await dialogue();
    let halfClosed = false;
    async function* lines() {
      yield { text: "first" };
      // Another call on the same connection, to its end: a reply to the line would arrive before that.
      await all(pingPong([{ stroke: 1 }]));
      halfClosed = true;
    }
    for await (const _ of collectThenReply(lines())) expect(halfClosed).to.equal(true);
    expect(halfClosed).to.equal(true);
  });

  it("takes 1,000 lines, and not one more: RESOURCE_EXHAUSTED while the client is still sending", async () => {
    const { collectThenReply } = await dialogue();
    const line = { text: "line" };
    expect(await all(collectThenReply(Array.from({ length: mostLines }, () => line)))).to.have.length(mostLines);

    const finalized = gate();
    async function* oneTooMany() {
      try {
        for (let n = 0; n <= mostLines; n += 1) yield line;
        // No further line and no half-close: only the server can end this call.
        await finalized.opened;
      } finally {
        finalized.open();
      }
    }
    await failure(status.RESOURCE_EXHAUSTED, collectThenReply(oneTooMany()));
    finalized.open();
  });

  it("takes 1 MiB of UTF-8, and not one byte more", async () => {
    const { collectThenReply } = await dialogue();
    // Each has two bytes: the limit is in bytes, not in characters.
    const half = { text: "é".repeat(mostBytes / 4) };
    expect(await all(collectThenReply([half, half, { text: "" }]))).to.have.length(3);
    await failure(status.RESOURCE_EXHAUSTED, collectThenReply([half, half, { text: "x" }]));
  });
});
